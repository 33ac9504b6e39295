package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// wrong is one bad entry.
type wrong struct {
	key  string   // dotted, rows of a list by their number: codes.0.first
	what string   // a sentence that says what is wrong and what is allowed; it begins with the setting's own name
	with []string // other entries that the sentence rests on: while one of them is wrong itself, it says nothing
}

// loadConfig reads a configuration file. All wrong entries are named at once, in the file's order, each with file, line,
// what is wrong and what is allowed. A file that is no TOML is named at its first fault alone.
func loadConfig(path string) (Config, error) {
	cfg := defaultConfig()
	if path == "" {
		return cfg, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return cfg, fmt.Errorf("configuration: %w", err)
	}
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return cfg, notTOML(path, text, err)
	}
	found := fit(reflect.ValueOf(&cfg).Elem(), tree, "")
	if spoiled(wrong{key: "mode"}, found) {
		cfg.Mode = "" // what a mode allows cannot be said
	}
	for _, w := range cfg.check() {
		if !spoiled(w, found) {
			found = append(found, w)
		}
	}
	lines := linesOf(text)
	slices.SortStableFunc(found, func(a, b wrong) int { return cmp.Compare(lines.of(a.key), lines.of(b.key)) })
	var all []error
	for _, w := range found {
		all = append(all, fmt.Errorf("%s:%d: %s%s", path, lines.of(w.key), tableOf(w.key), w.what))
	}
	return cfg, errors.Join(all...)
}

// notTOML names the line of the library's error. It gives none for a key that stands twice; there it is the end of the
// shortest beginning of the file that has the same error.
func notTOML(path string, text []byte, err error) error {
	var at *toml.DecodeError
	line := 1
	if errors.As(err, &at) {
		line, _ = at.Position()
	} else {
		for i, c := range text {
			if c != '\n' {
				continue
			}
			var tree map[string]any
			if early := toml.Unmarshal(text[:i], &tree); early != nil && early.Error() == err.Error() {
				break
			}
			line++
		}
	}
	return fmt.Errorf("%s:%d: %s", path, line, strings.TrimPrefix(err.Error(), "toml: "))
}

// spoiled reports whether what w says follows from an entry that is known to be wrong.
func spoiled(w wrong, known []wrong) bool {
	for _, key := range append(w.with, w.key) {
		for _, k := range known {
			if key == k.key || strings.HasPrefix(key, k.key+".") {
				return true
			}
		}
	}
	return false
}

// tableOf is how the file spells the table of a key, with a blank; nothing for what stands in no table.
func tableOf(key string) string {
	parts := strings.Split(key, ".")
	row := slices.IndexFunc(parts, func(part string) bool { return strings.Trim(part, "0123456789") == "" })
	switch {
	case row > 0 && row < len(parts)-1: // a table that stands several times
		return "[[" + strings.Join(parts[:row], ".") + "]] "
	case len(parts) < 2 || row == 1:
		return ""
	}
	return "[" + parts[0] + "] "
}

// fit puts a decoded value into a setting, or a table's values into its settings, and gives what does not fit. Those
// keep their defaults.
func fit(into reflect.Value, value any, key string) []wrong {
	misfit := func(want string) []wrong {
		return []wrong{{key: key, what: fmt.Sprintf("%s = %s: want %s", key[strings.LastIndexByte(key, '.')+1:], shown(value), want)}}
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		found := fit(into.Elem(), value, key)
		if spoiled(wrong{key: key}, found) {
			into.SetZero()
		}
		return found
	case reflect.Struct:
		table, ok := value.(map[string]any)
		if !ok {
			return misfit("a table, [" + key + "]")
		}
		return fitTable(into, table, key)
	case reflect.Slice:
		if into.Type().Elem().Kind() == reflect.String {
			return fitTexts(into, value, misfit)
		}
		rows, ok := value.([]any)
		if !ok {
			return misfit("tables that each begin with [[" + key + "]]")
		}
		into.Set(reflect.MakeSlice(into.Type(), len(rows), len(rows)))
		var found []wrong
		for i, row := range rows {
			if _, ok := row.(map[string]any); !ok {
				found = append(found, wrong{key: fmt.Sprintf("%s.%d", key, i),
					what: fmt.Sprintf("%s = %s: want tables that each begin with [[%[1]s]]", key, shown(row))})
				continue
			}
			found = append(found, fit(into.Index(i), row, fmt.Sprintf("%s.%d", key, i))...)
		}
		return found
	case reflect.String:
		text, ok := value.(string)
		if !ok {
			return misfit("a text in quotes")
		}
		into.SetString(text)
	case reflect.Bool:
		yes, ok := value.(bool)
		if !ok {
			return misfit("true or false")
		}
		into.SetBool(yes)
	case reflect.Int, reflect.Int64:
		number, ok := value.(int64)
		if !ok || into.OverflowInt(number) {
			return misfit("a whole number")
		}
		into.SetInt(number)
	default:
		panic("the configuration has a setting of a kind that cannot be read: " + key)
	}
	return nil
}

// fitTexts puts a list of texts into a setting.
func fitTexts(into reflect.Value, value any, misfit func(want string) []wrong) []wrong {
	rows, ok := value.([]any)
	texts := make([]string, len(rows))
	for i, row := range rows {
		text, is := row.(string)
		texts[i], ok = text, ok && is
	}
	if !ok {
		return misfit(`a list of texts, ["one", "two"]`)
	}
	if into.SetZero(); len(texts) > 0 { // an empty list is the same as none
		into.Set(reflect.ValueOf(texts))
	}
	return nil
}

// fitTable fills the settings of one table; a setting's name is its toml tag.
func fitTable(into reflect.Value, table map[string]any, key string) (found []wrong) {
	settings := map[string]int{}
	for i := range into.NumField() {
		if name := into.Type().Field(i).Tag.Get("toml"); name != "-" {
			settings[name] = i
		}
	}
	for name, value := range table {
		at := strings.TrimPrefix(key+"."+name, ".")
		if i, ok := settings[name]; ok {
			found = append(found, fit(into.Field(i), value, at)...)
		} else {
			found = append(found, wrong{key: at, what: name + " is not a setting; `guitai config example` lists them all"})
		}
	}
	slices.SortFunc(found, func(a, b wrong) int { return cmp.Compare(a.key, b.key) }) // a map has no order
	return found
}

// shown is a value on one line.
func shown(value any) string {
	switch value := value.(type) {
	case string:
		return strconv.Quote(value)
	case map[string]any:
		return "{...}"
	case []any:
		return "[...]"
	}
	return fmt.Sprint(value)
}
