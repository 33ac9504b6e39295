package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// glass is a terminal in memory: it understands what the till's painter may send, and complains about anything else.
type glass struct {
	mu            sync.Mutex
	width, height int
	cells         [][]string // the second half of a wide character is empty
	x, y          int
	strange       error // the first sequence that is not understood
}

func newGlass(width, height int) *glass {
	g := &glass{}
	g.resize(width, height)
	return g
}

func (g *glass) resize(width, height int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.width, g.height, g.x, g.y = width, height, 0, 0
	g.cells = make([][]string, height)
	for y := range g.cells {
		g.cells[y] = slices.Repeat([]string{" "}, width)
	}
}

// writer is the glass as one process has it: after its death nothing arrives any more.
type writer struct {
	*glass
	dead bool // guarded by glass.mu
}

func (w *writer) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
}

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return 0, io.ErrClosedPipe
	}
	for text := string(p); text != ""; {
		text = w.take(text)
	}
	return len(p), nil
}

// take understands what text begins with and gives the rest.
func (g *glass) take(text string) string {
	if rest, ok := strings.CutPrefix(text, "\x1b["); ok {
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			g.strange = fmt.Errorf("a sequence without an end: %q", text)
			return ""
		}
		g.control(rest[:end], rest[end])
		return rest[end+1:]
	}
	if rest, ok := strings.CutPrefix(text, "\x1b(B"); ok {
		return rest
	}
	r := []rune(text[:min(len(text), 4)])[0]
	switch {
	case r == '\a' || r == '\x0f':
	case r < ' ':
		g.strange = errors.Join(g.strange, fmt.Errorf("the control character %q", r))
	default:
		g.put(string(r))
	}
	return text[len(string(r)):]
}

func (g *glass) put(char string) {
	wide := ansi.StringWidth(char)
	if g.y >= g.height {
		return
	}
	row := g.cells[g.y]
	switch {
	case wide == 0:
		if g.x > 0 && g.x <= g.width {
			row[g.x-1] += char
		}
		return
	case g.x+wide <= g.width:
		row[g.x] = char
		if wide == 2 {
			row[g.x+1] = ""
		}
	}
	g.x += wide
}

// control carries out one CSI sequence.
func (g *glass) control(params string, final byte) {
	numbers := func(nth, unless int) int {
		if fields := strings.Split(params, ";"); nth < len(fields) {
			if n, err := strconv.Atoi(fields[nth]); err == nil {
				return n
			}
		}
		return unless
	}
	switch final {
	case 'H':
		g.y, g.x = numbers(0, 1)-1, numbers(1, 1)-1
	case 'J':
		for y := range g.cells {
			g.erase(y, 0, g.width)
		}
	case 'K':
		g.erase(g.y, g.x, g.width)
	case 'X':
		g.erase(g.y, g.x, g.x+numbers(0, 1))
	case 'm', 'h', 'l', 'p':
	default:
		g.strange = errors.Join(g.strange, fmt.Errorf("the sequence %q%c", params, final))
	}
}

func (g *glass) erase(y, from, to int) {
	if y >= g.height {
		return
	}
	for x := from; x < min(to, g.width); x++ {
		g.cells[y][x] = " "
	}
}

// rows is the text that is seen.
func (g *glass) rows() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	rows := make([]string, g.height)
	for y, cells := range g.cells {
		rows[y] = strings.TrimRight(strings.Join(cells, ""), " ")
	}
	return rows
}

// keyboard is what a terminal sends. After close it gives the end of the line.
type keyboard struct {
	keys chan []byte
	once sync.Once
	rest []byte
}

func newKeyboard() *keyboard { return &keyboard{keys: make(chan []byte, 256)} }

func (k *keyboard) Read(p []byte) (int, error) {
	if len(k.rest) == 0 {
		next, ok := <-k.keys
		if !ok {
			return 0, io.EOF
		}
		k.rest = next
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

func (k *keyboard) send(text string) { k.keys <- []byte(text) }
func (k *keyboard) close()           { k.once.Do(func() { close(k.keys) }) }

// signs are the banner's by state, so that a banner is told from a word elsewhere.
var signs = map[ledger.AttemptState]string{
	ledger.Intent: "…", ledger.Asking: "…", ledger.Waiting: "…", ledger.Unknown: "?", ledger.Paid: "✔", ledger.Refused: "✖",
	ledger.Unsent: "✖", ledger.Stopping: "▼", ledger.Withdrawn: "■", ledger.Closing: "▼", ledger.ClosedOff: "■", ledger.Reversed: "↩",
	ledger.Orphan: "⚠",
}

// bannersOf are the beginnings of all banners that a state can have.
func bannersOf(state ledger.AttemptState, words *assets.Phrases) []string {
	list := []string{signs[state] + " " + words.States[state].Word}
	back := &words.Refund
	switch state {
	case ledger.Waiting:
		list = append(list, "… "+words.WaitingQR.Word)
	case ledger.Paid:
		list = append(list, "↩ "+back.PaidGoing.Word, "↩ "+back.PaidPart.Word, "↩ "+back.PaidFull.Word, "⚠ "+back.PaidStuck.Word)
	case ledger.Orphan:
		list = append(list, "⚠ "+words.Refunded.Word, "⚠ "+back.LateGoing.Word, "↩ "+back.LateBack.Word)
	}
	for i := range list {
		list[i], _, _ = strings.Cut(list[i], "{")
	}
	return list
}

// banners are the states whose banner is on the screen.
func banners(rows []string, words *assets.Phrases) (found []ledger.AttemptState) {
	for state := range words.States {
		for _, banner := range bannersOf(state, words) {
			if hasBanner(rows, banner) && !slices.Contains(found, state) {
				found = append(found, state)
			}
		}
	}
	return found
}

func hasBanner(rows []string, banner string) bool {
	return slices.ContainsFunc(rows, func(row string) bool { return strings.Contains(row, " "+banner) })
}

// tailOn is the tail of the sale that the panel shows; empty where there is no such panel.
func tailOn(rows []string, words *assets.Phrases) string {
	before, _, _ := strings.Cut(words.Tail, "{tail}")
	last, _, _ := strings.Cut(words.LastSale, "{tail}")
	for _, row := range rows {
		at := strings.Index(row, before)
		if at < 0 || strings.HasPrefix(row, "!") || strings.Contains(row, last) {
			continue
		}
		if tail := row[at+len(before):]; len(tail) >= 4 && strings.Trim(tail[:4], "0123456789") == "" {
			return tail[:4]
		}
	}
	return ""
}

// pixels are the big digits, three columns of five, as a customer reads them.
var pixels = map[rune]string{
	'0': "###|# #|# #|# #|###", '1': " # |## | # | # |###", '2': "###|  #|###|#  |###", '3': "###|  #|###|  #|###", '4': "# #|# #|###|  #|  #",
	'5': "###|#  |###|  #|###", '6': "###|#  |###|# #|###", '7': "###|  #|  #|  #|  #", '8': "###|# #|###|# #|###", '9': "###|# #|###|  #|###",
	'.': " | | | |#", '¥': "# #|# #| # |###| # ",
}

// bigRows draws an amount as the till does in its three sizes of big digits.
func bigRows(amount string) (sizes [][]string) {
	for _, size := range []struct {
		columns [3]int
		gap     int
	}{{[3]int{2, 2, 2}, 2}, {[3]int{1, 2, 1}, 1}, {[3]int{1, 1, 1}, 1}} {
		lines := make([]string, 6)
		for i, r := range amount {
			for y, line := range strings.Split(pixels[r], "|") {
				if i > 0 {
					lines[y] += strings.Repeat(" ", size.gap)
				}
				for x := range line {
					lines[y] += strings.Repeat(line[x:x+1], size.columns[x])
				}
			}
		}
		lines[5] = strings.Repeat(" ", len(lines[0]))
		sizes = append(sizes, lines)
	}
	full := func(lines []string) (rows []string) {
		for _, line := range lines[:5] {
			rows = append(rows, strings.ReplaceAll(line, "#", "█"))
		}
		return rows
	}
	return [][]string{full(sizes[0]), full(sizes[1]), halfRows(sizes[2])}
}

// halfRows puts two lines of pixels into one row.
func halfRows(lines []string) (rows []string) {
	for y := 0; y < 6; y += 2 {
		var row strings.Builder
		for x := range lines[y] {
			row.WriteString(map[string]string{"##": "█", "# ": "▀", " #": "▄", "  ": " "}[lines[y][x:x+1]+lines[y+1][x:x+1]])
		}
		rows = append(rows, row.String())
	}
	return rows
}

// showsAmount reports whether an amount is on the screen, big or in a row of text.
func showsAmount(rows []string, amount string) bool {
	for _, row := range rows {
		if _, after, ok := strings.Cut(row, amount); ok && !strings.HasPrefix(row, "!") && (after == "" || !strings.ContainsAny(after[:1], "0123456789.")) {
			return true
		}
	}
	for _, drawn := range bigRows(amount) {
		for y := 0; y+len(drawn) <= len(rows); y++ {
			same := true
			for i, want := range drawn {
				have := rows[y+i] + strings.Repeat(" ", len(want))
				same = same && strings.HasPrefix(have, want)
			}
			if same {
				return true
			}
		}
	}
	return false
}
