package main

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// lines is where each dotted key stands in a file, counted from 1.
type lines map[string]int

// of gives the line of a key, or of the table that it is missing in; 1 at worst.
func (l lines) of(key string) int {
	for {
		if line, ok := l[key]; ok {
			return line
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return 1
		}
		key = key[:dot]
	}
}

// linesOf finds the keys of a file that is known to be TOML.
func linesOf(text []byte) lines {
	found, table, rows := lines{}, "", map[string]int{}
	var parser unstable.Parser
	parser.Reset(text)
	for parser.NextExpression() {
		switch node := parser.Expression(); node.Kind {
		case unstable.Table:
			table = found.key(&parser, "", node.Key())
		case unstable.ArrayTable:
			list := found.key(&parser, "", node.Key())
			table = fmt.Sprintf("%s.%d", list, rows[list])
			rows[list]++
			last := node.Key()
			last.Next()
			found[table] = parser.Shape(last.Node().Raw).Start.Line
		case unstable.KeyValue:
			found.value(&parser, found.key(&parser, table, node.Key()), node.Value())
		}
	}
	return found
}

// key notes every part of a dotted key, and gives its name within the table.
func (l lines) key(parser *unstable.Parser, table string, parts unstable.Iterator) string {
	for parts.Next() {
		table = strings.TrimPrefix(table+"."+string(parts.Node().Data), ".")
		if _, ok := l[table]; !ok {
			l[table] = parser.Shape(parts.Node().Raw).Start.Line
		}
	}
	return table
}

// value notes the keys within an inline table and the rows of an array.
func (l lines) value(parser *unstable.Parser, key string, node *unstable.Node) {
	children := node.Children()
	switch node.Kind {
	case unstable.InlineTable:
		for children.Next() {
			child := children.Node()
			l.value(parser, l.key(parser, key, child.Key()), child.Value())
		}
	case unstable.Array:
		for i := 0; children.Next(); i++ {
			row := fmt.Sprintf("%s.%d", key, i)
			if child := children.Node(); child.Raw.Length > 0 { // an array within an array has none
				l[row] = parser.Shape(child.Raw).Start.Line
			}
			l.value(parser, row, children.Node())
		}
	}
}
