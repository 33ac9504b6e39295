package ui

import (
	"strings"
	"unicode"
)

// This file is the last gate before a line leaves: whatever stands in it, it is one line, and moves no cursor.

// harmless takes every control and format character out of a line. ascii is for terminals that know nothing else: signs
// get a plain form, letters a question mark.
func harmless(line string, ascii bool) string {
	if ascii {
		line = asciiSigns.Replace(line)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case ascii && (r > unicode.MaxASCII || unicode.IsControl(r)):
			return '?'
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return unicode.ReplacementChar
		}
		return r
	}, line)
}

var asciiSigns = strings.NewReplacer("¥", "CNY ", "…", "...", "·", "-", "•", "-", "’", "'", "“", `"`, "”", `"`)

// speaksUTF8 reports whether the terminal takes more than ASCII: by the locale, in the order of POSIX, or because its
// shop has chosen Chinese.
func speaksUTF8(cfg Config, getenv func(string) string) bool {
	if Language(cfg, getenv) == "zh" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return false
}
