package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// line is one entry of orders.jsonl: an order as it stands after the changes, or the serial of a customer code that
// was given out.
type line struct {
	Changes []Change `json:"changes,omitempty"`
	Order   *order   `json:"order,omitempty"`
	Serial  int      `json:"serial,omitempty"`
}

// put writes an order's new changes and then makes them true; an order without changes costs nothing. The write is
// handed to the kernel before any answer leaves, so a killed process keeps it. Callers hold s.mu.
func (s *Server) put(o *order) error {
	if len(o.fresh) == 0 {
		return nil
	}
	changes := o.fresh
	bare := *o
	bare.Changes = nil
	if err := s.write(line{Changes: changes, Order: &bare}); err != nil {
		return err
	}
	o.fresh = nil
	o.Changes = append(o.Changes, changes...)
	s.index(o)
	return nil
}

// index makes an order findable by everything a request can name. It keeps its own copy.
func (s *Server) index(o *order) {
	key := o.Channel + "/" + o.Number
	if _, known := s.orders[key]; !known {
		s.sequence = append(s.sequence, key)
	}
	s.orders[key] = o.clone()
	if o.Code != "" {
		s.codes[o.Code] = key
	}
	if o.Transaction != "" && o.exists() {
		s.transactions[o.Transaction] = key
	}
	for _, r := range o.Refunds {
		s.refunds[o.Channel+"/"+r.Number] = key
	}
	for _, q := range o.QRs {
		s.payloads[q.Payload] = key
	}
}

// write appends one line. After a failed write nothing more is accepted: half a line in the middle would be damage.
func (s *Server) write(l line) error {
	if s.broken != nil {
		return s.broken
	}
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode order: %w", err)
	}
	if _, err := s.file.Write(append(text, '\n')); err != nil {
		s.broken = fmt.Errorf("write orders: %w", err)
		return s.broken
	}
	return nil
}

// load reads orders.jsonl back. A last line without its newline is what a killed process leaves: it is cut off, no
// answer was ever given for it. Any other line that cannot be read is damage and refuses to open.
func (s *Server) load() error {
	path := filepath.Join(s.config.Dir, "orders.jsonl")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open orders: %w", err)
	}
	s.file = file
	reader := bufio.NewReader(file)
	var whole int64
	for number := 1; ; number++ {
		text, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read orders: %w", err)
		}
		if err := s.replay(text); err != nil {
			return fmt.Errorf("%s line %d: %w", path, number, err)
		}
		whole += int64(len(text))
	}
	if err := file.Truncate(whole); err != nil {
		return fmt.Errorf("cut orders: %w", err)
	}
	if _, err := file.Seek(whole, io.SeekStart); err != nil {
		return fmt.Errorf("seek orders: %w", err)
	}
	return nil
}

func (s *Server) replay(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var l line
	if err := decoder.Decode(&l); err != nil {
		return err
	}
	s.serial = max(s.serial, l.Serial)
	if l.Order == nil {
		return nil
	}
	if before, ok := s.orders[l.Order.Channel+"/"+l.Order.Number]; ok {
		l.Order.Changes = before.clone().Changes
	}
	l.Order.Changes = append(l.Order.Changes, l.Changes...)
	s.index(l.Order)
	return nil
}
