package console

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// This file reads the till's log and the report of its last crash: what the runtime writes when the process dies, which the till sends to
// a file beside the log.

const (
	logLines   = 2000
	crashLines = 300
	logBytes   = 2 << 20 // of a bundle; the oldest lines go
	logTail    = 8 << 20 // is read of a file
)

// logPart has the newest lines of the log.
func logPart(dir string) bundleText {
	folder := filepath.Join(dir, "log")
	lines, at, err := tailLines(filepath.Join(folder, "guitai.log"))
	if older, _ := filepath.Glob(filepath.Join(folder, "guitai-*.log")); err == nil && len(lines) < logLines && len(older) > 0 { // begun anew a moment ago
		before, _, _ := tailLines(slices.Max(older))
		lines = append(before, lines...)
	}
	return cleanedLines(lines[max(0, len(lines)-logLines):], at, err)
}

// crashPart has the last report of a crash.
func crashPart(dir string) bundleText {
	lines, at, err := crashLog(dir)
	if err == nil && len(lines) == 0 {
		return bundleText{Why: "no crash was written down"}
	}
	return cleanedLines(lines, at, err)
}

// crashLog gives the lines of the last report as they stand there, and when the file was written; none where there was no crash.
func crashLog(dir string) (report []string, at string, err error) {
	lines, at, err := tailLines(filepath.Join(dir, "log", "stderr.log"))
	begin := -1
	for i, line := range lines {
		if begun := crashBegins(line); begun && (begin < 0 || !crashBegins(lines[i-1])) {
			begin = i
		}
	}
	if begin < 0 {
		return nil, at, err
	}
	return lines[begin:min(len(lines), begin+crashLines)], at, err
}

// crashBegins reports whether a line is the first of what the Go runtime writes about a crash.
func crashBegins(line string) bool {
	return slices.ContainsFunc([]string{"panic: ", "fatal error: ", "unexpected fault address", "runtime: ", "SIG"}, func(beginning string) bool {
		return strings.HasPrefix(line, beginning)
	})
}

// tailLines are the last lines of a file, and when it was written.
func tailLines(path string) (lines []string, at string, err error) { return tailOf(path, logTail) }

func tailOf(path string, most int64) (lines []string, at string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, "", errors.Join(err, errors.New("it is no file"))
	}
	from := max(0, info.Size()-most)
	content, err := io.ReadAll(io.NewSectionReader(file, from, most))
	if from > 0 { // the first line is a piece of one
		_, content, _ = bytes.Cut(content, []byte("\n"))
	}
	text := strings.TrimSuffix(string(content), "\n")
	if text == "" {
		return nil, moment(info.ModTime()), err
	}
	return strings.Split(text, "\n"), moment(info.ModTime()), err
}

// cleanedLines makes a part of lines. Of too many bytes the oldest go.
func cleanedLines(lines []string, at string, err error) bundleText {
	var why *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return bundleText{Why: "there is none"}
	case errors.As(err, &why):
		return bundleText{Why: why.Err.Error()} // the path is not needed
	case err != nil:
		return bundleText{Why: err.Error()}
	}
	taken := scrubber{}
	cleaned, bytes := taken.lines(lines, textMost), 0
	for i, line := range slices.Backward(cleaned) {
		if bytes += len(line); bytes > logBytes {
			cleaned = cleaned[i+1:]
			break
		}
	}
	return bundleText{Found: true, At: at, Lines: cleaned, Removed: countsOf(taken)}
}

// LogLine is a line of the till's log, without what could be a code, a PIN or a key.
type LogLine struct {
	At          time.Time // zero where the line does not tell
	Level, Text string
}

// liveTail is read of the log for a screen that looks every few seconds.
const liveTail = 64 << 10

// LogTail gives at most so many of the newest lines of the log in a till's folder, the newest last; none where there is no log.
func LogTail(dir string, most int) []LogLine {
	lines, _, _ := tailOf(filepath.Join(dir, "log", "guitai.log"), liveTail)
	var tail []LogLine
	for _, line := range (scrubber{}).lines(lines[max(0, len(lines)-most):], textMost) {
		var l LogLine
		if stamp, rest, ok := strings.Cut(line, " "); ok {
			if at, err := time.Parse(time.RFC3339Nano, strings.TrimPrefix(stamp, "time=")); err == nil {
				l.At, line = at, rest
			}
		}
		if level, rest, ok := strings.Cut(line, " "); ok && strings.HasPrefix(level, "level=") {
			l.Level, line = strings.TrimPrefix(level, "level="), strings.TrimPrefix(rest, "msg=")
		}
		l.Text = line
		tail = append(tail, l)
	}
	return tail
}

// LastCrash gives the first line of the last crash that the till's folder has on record; empty: there is none.
func LastCrash(dir string) (first string, at time.Time) {
	report, written, err := crashLog(dir)
	if err != nil || len(report) == 0 {
		return "", time.Time{}
	}
	at, _ = time.Parse(time.RFC3339, written)
	return scrubber{}.clean(report[0], textMost), at
}
