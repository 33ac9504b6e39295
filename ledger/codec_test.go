package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// kindsInSource reads the Kind constants out of the source, so that one which newBody forgets is still found.
func kindsInSource(t *testing.T) map[Kind]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[Kind]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Kind" {
			return true
		}
		number, err := strconv.Atoi(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || kinds[Kind(number)] != "" {
			t.Errorf("%s has no number of its own: %v", spec.Names[0].Name, err)
		}
		kinds[Kind(number)] = strings.TrimPrefix(spec.Names[0].Name, "Kind")
		return true
	})
	return kinds
}

// TestEveryKindHasItsBodyAndGolden: and no golden file stands for a kind that is gone.
func TestEveryKindHasItsBodyAndGolden(t *testing.T) {
	kinds := kindsInSource(t)
	if len(kinds) < 10 {
		t.Fatalf("found only %d kinds", len(kinds))
	}
	want := map[string]bool{}
	for kind, name := range kinds {
		body, err := newBody(kind)
		if err != nil || body.Kind() != kind || reflect.TypeOf(body).Elem().Name() != name {
			t.Errorf("kind %d (%s): body %T, %v", kind, name, body, err)
		}
		want[fmt.Sprintf("%02d-%s.hex", kind, strings.ToLower(name))] = true
	}
	files, err := os.ReadDir(filepath.Join("testdata", "golden"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !want[file.Name()] {
			t.Errorf("%s belongs to no kind: a promise was withdrawn", file.Name())
		}
		delete(want, file.Name())
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
}

// unwritten are fields that are for the board, or for the decision, alone.
var unwritten = map[string]bool{
	"AttemptAnswered.Answer.ChannelAt": true, "AttemptAnswered.Answer.InState": true, "AttemptAnswered.Answer.Known": true,
	"RefundAnswered.Answer.ChannelAt": true, "RefundAnswered.Answer.InState": true, "RefundAnswered.Answer.Known": true,
	"SaleRecalled.Sale.Tenders": true, "SaleRecalled.Sale.Held": true, "SaleRecalled.Sale.Note": true, "SaleRecalled.Sale.Wrong": true, // TestGrownBytes
	"AttemptAnswered.Answer.Refund": true, "AttemptAnswered.Answer.Named.Refund": true, // of refunds alone
	"DayClosed.Report.Blind":    true,                                                                            // of what is shown alone
	"SaleRecalled.Sale.Matches": true, "Attempt.Confirmed": true, "Refund.Confirmed": true, "Sale.Matches": true, // set where a sale is looked up
	"SaleRecalled.Sale.Copies": true, // younger than the golden bytes; TestCopiesOfARecalledSale has its own
}

// zeroFields names the exported fields of a value, nested ones too, that are not set.
func zeroFields(v reflect.Value, path string) (zero []string) {
	for i := range v.NumField() {
		field, name := v.Field(i), path+"."+v.Type().Field(i).Name
		switch {
		case unwritten[name]:
		case field.IsZero():
			zero = append(zero, name)
		case field.Kind() == reflect.Struct && field.Type() != reflect.TypeFor[time.Time]():
			zero = append(zero, zeroFields(field, name)...)
		}
	}
	return zero
}

// TestGoldensSetEveryField: a field that the golden events leave empty would have bytes nobody has promised.
func TestGoldensSetEveryField(t *testing.T) {
	for _, event := range fullEvents() {
		body := reflect.ValueOf(event.Body).Elem()
		zero := zeroFields(body, body.Type().Name())
		event.Body = nil
		envelope := zeroFields(reflect.ValueOf(event), "Event")
		if len(zero) > 0 || len(envelope) != 1 { // the body just taken out
			t.Errorf("not set: %v %v", zero, envelope)
		}
	}
}

// laterFields are three fields no version knows yet: a number, text, and a nested message.
var laterFields = []byte{0xa0, 0x06, 0x07, 0xaa, 0x06, 0x02, 'h', 'i', 0xb2, 0x06, 0x02, 0x08, 0x01}

// TestUnknownFieldsInEveryBody: a later version may add to a body or to the envelope of any kind.
func TestUnknownFieldsInEveryBody(t *testing.T) {
	for _, event := range fullEvents() {
		e := event
		env := envelope{Event: e, kind: e.Body.Kind(), body: append(encode(e.Body), laterFields...)}
		stored := append(append([]byte{formatVersion}, encode(&env)...), laterFields...)
		back, err := DecodeEvent(stored)
		if err != nil || !reflect.DeepEqual(back, event) {
			t.Errorf("%T: %v\n%+v", event.Body, err, back)
		}
	}
}

// TestEmptyBodiesRoundTrip: a zero value is not written and reads as zero.
func TestEmptyBodiesRoundTrip(t *testing.T) {
	for kind := range kindsInSource(t) {
		body, _ := newBody(kind)
		event := Event{Seq: 1, Body: body}
		back, err := DecodeEvent(event.Encode())
		if err != nil || !reflect.DeepEqual(back, event) {
			t.Errorf("kind %d: %v %+v", kind, err, back)
		}
	}
}

// TestAmountsRoundTrip at the edges of the zigzag encoding.
func TestAmountsRoundTrip(t *testing.T) {
	for _, fen := range []int64{0, 1, -1, 63, 64, -64, -65, MaxFen, 1<<62 - 1, -1 << 63, 1<<63 - 1} {
		event := Event{Seq: 1, Body: &SaleOpened{Sale: "x", Amount: Fen(fen)}}
		back, err := DecodeEvent(event.Encode())
		if err != nil || back.Body.(*SaleOpened).Amount != Fen(fen) {
			t.Errorf("%d fen read as %+v, %v", fen, back.Body, err)
		}
	}
}

// TestDecodeRefuses what is wrong in kind, wire type, range, length or depth.
func TestDecodeRefuses(t *testing.T) {
	event := func(fields ...[]byte) []byte { return append([]byte{formatVersion}, bytes.Join(fields, nil)...) }
	kind := []byte{0x18, byte(KindClosed)}
	deep := []byte{}
	for range maxDepth + 2 {
		deep = append(binary.AppendUvarint([]byte{0x0a}, uint64(len(deep))), deep...)
	}
	for name, bad := range map[string][]byte{
		"kind 0":               event([]byte{0x18, 0}),
		"kind of the future":   event([]byte{0x18, 200}),
		"text where a number":  event(kind, []byte{0x0a, 1, 'x'}),
		"number where text":    event([]byte{0x18, byte(KindClosed), 0x42, 2, 0x08, 1}),
		"number out of range":  event(kind, []byte{0x10}, binary.AppendUvarint(nil, 1<<40)),
		"hash too short":       event(kind, []byte{0x3a, 3, 1, 2, 3}),
		"field number 0":       event(kind, []byte{0x00, 1}),
		"fixed64 wire type":    event(kind, []byte{0x09, 1, 2, 3, 4, 5, 6, 7, 8}),
		"length past the end":  event(kind, []byte{0x22, 9, 1}),
		"endless number":       event(kind, bytes.Repeat([]byte{0xff}, 11)),
		"a later format":       append([]byte{formatVersion + 1}, kind...),
		"more than a mebibyte": event(kind, []byte{0x42}, binary.AppendUvarint(nil, maxEvent+1), make([]byte, maxEvent+1)),
	} {
		if back, err := DecodeEvent(bad); err == nil {
			t.Errorf("%s reads as %+v", name, back.Body)
		}
	}
	if err := decode(deep, new(nest)); err == nil {
		t.Error("nesting without end is followed")
	}
}

// nest is a message that holds itself.
type nest struct{ in *nest }

func (n *nest) fields(c *codec) {
	n.in = new(nest)
	c.nested(1, n.in, false)
}

// FuzzRestoreState: a damaged snapshot is refused or read, and what was read writes the same bytes for ever.
func FuzzRestoreState(f *testing.F) {
	f.Add(NewState().Snapshot())
	f.Add(busyState(f).Snapshot())
	f.Add([]byte("\n\x00\x88\x01\t\xda\x02\x04\b\x00@\x00\xe2\x02\x00")) // a period that begins at no event
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := RestoreState(data)
		if err != nil {
			return
		}
		once := s.Snapshot()
		again, err := RestoreState(once)
		if err != nil || !bytes.Equal(again.Snapshot(), once) {
			t.Fatalf("a restored snapshot is not stable: %v", err)
		}
	})
}

func BenchmarkDecodeEvent(b *testing.B) {
	stored := fullEvents()[8].Encode()
	b.SetBytes(int64(len(stored)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeEvent(stored); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLink is the walk's part of one event; SHA-256 alone stands beside it.
func BenchmarkLink(b *testing.B) {
	event := fullEvents()[8]
	event.Seq, event.Prev = 1, Hash{}
	stored := event.Encode()
	b.Run("link", func(b *testing.B) {
		b.SetBytes(int64(len(stored)))
		b.ReportAllocs()
		for b.Loop() {
			var v Verifier
			if err := v.Link(stored); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("sha256", func(b *testing.B) {
		b.SetBytes(int64(len(stored)))
		for b.Loop() {
			HashOf(stored)
		}
	})
}
