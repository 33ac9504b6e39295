package statement

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai/ledger"
)

var update = flag.Bool("update", false, "write the expected rows anew")

// said is a file's facts and rows as text.
func said(file File) (string, error) {
	var out strings.Builder
	facts, err := Read(file, func(r ledger.StatementRow) error {
		kind := map[ledger.RowKind]string{ledger.RowTrade: "trade", ledger.RowRefund: "refund", ledger.RowReversal: "reversal"}[r.Kind]
		fmt.Fprintf(&out, "%d %s %s order=%s refund=%s no=%s refundno=%s merchant=%s app=%s %s amount=%d discount=%d aside=%d fee=%d rate=%d done=%v\n", r.Line,
			kind, r.At.Format(time.RFC3339), r.Order, r.Refund, r.ChannelNo, r.RefundNo, r.Merchant, r.App, r.Currency, r.Amount, r.Discount, r.Aside, r.Fee, r.Rate, r.Done)
		return nil
	})
	fmt.Fprintf(&out, "%s kind=%d merchant=%s %s rows=%d %+v net=%d\n", facts.Channel, facts.Kind, facts.Merchant, facts.Day, facts.Rows, facts.Whole, facts.Whole.Net())
	if facts.Kind == ledger.StatementFunds {
		fmt.Fprintf(&out, "%+v\n", facts.Funds)
	}
	return out.String(), err
}

func gbk(t testing.TB, text string) string {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func zipped(t testing.TB, members ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(members); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: gbk(t, members[i]), NonUTF8: true, Method: zip.Deflate})
		if err == nil {
			_, err = f.Write([]byte(members[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return out.String()
}

// ways gives a text in every form in which a file can come.
func ways(t *testing.T, name, text string) map[string]string {
	crlf := strings.ReplaceAll(text, "\n", "\r\n")
	all := map[string]string{"lines end in LF": text, "lines end in CR LF": crlf, "byte order mark": "\ufeff" + text, "GBK": gbk(t, crlf), "gzip": gzipped(t, crlf)}
	if strings.HasPrefix(name, "alipay") {
		all["ZIP"] = zipped(t, "20880000000000010156_20261127_业务明细.csv", gbk(t, crlf))
		all["no end of the last line"] = strings.TrimSuffix(text, "\n")
		return all
	}
	head, rest, _ := strings.Cut(text, "\n")
	all["back-quotes in the header"] = "`" + strings.ReplaceAll(head, ",", ",`") + "\n" + rest
	return all
}

func TestGoldenFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(files) < 12 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		for way, text := range ways(t, name, string(text)) {
			t.Run(name+" "+way, func(t *testing.T) {
				got, err := said(strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				compare(t, "testdata/"+name+".want", got)
			})
		}
	}
}

// TestGoldenArchives: two files that another program has packed.
func TestGoldenArchives(t *testing.T) {
	for file, want := range map[string]string{"alipay-day.zip": "alipay-trade", "wechat-day.csv.gz": "wechat-trade"} {
		packed, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := said(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(file, err)
		}
		compare(t, "testdata/"+want+".want", got)
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", file, got, want)
	}
}
