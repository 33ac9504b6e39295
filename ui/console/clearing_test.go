package console

import (
	"bytes"
	"strings"
	"testing"
)

func TestClearing(t *testing.T) {
	dir, find := shop(t)
	var out, errs bytes.Buffer
	if code := Clearing([]string{"--data-dir", dir}, find, &out, &errs); code != 0 || !strings.Contains(out.String(), "receivable  wechat              8.00") ||
		!strings.Contains(out.String(), "the channels owe 8.00; late money that has not gone back: 0.00; owed back to customers: 0.00; given back by hand: 0.00\n") {
		t.Errorf("exit %d, %q %q", code, out.String(), errs.String())
	}
	out.Reset()
	if code := Clearing([]string{"--data-dir", dir, "--json"}, find, &out, &errs); code != 0 || !strings.Contains(out.String(), `"fen": 800`) {
		t.Errorf("exit %d, %q %q", code, out.String(), errs.String())
	}
}
