package console

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// Export writes every event that can be read, one JSON object a line, from whichever copy still has it. It needs no whole
// ledger, only its key. 0: everything. 1: something is lost; what is written says where. 2: it could not look.
func Export(args []string, find Find, stdout, stderr io.Writer) int {
	c, code, done := parse("export", args, find, stdout, stderr)
	if done {
		return code
	}
	found, err := disk.Salvage(c.Dir)
	if err != nil {
		fmt.Fprintln(stderr, "guitai export:", sentence(err))
		return exitCannot
	}
	out := bufio.NewWriter(stdout)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for i, stored := range found.Records {
		_ = lines.Encode(exported(uint64(i+1), stored, false)) // a full disk is told by Flush
	}
	for _, stray := range found.Behind {
		_ = lines.Encode(exported(stray.Seq, stray.Stored, true))
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(stderr, "guitai export: writing:", err)
		return exitCannot
	}
	if found.Lost == 0 {
		fmt.Fprintf(stderr, "guitai export: %d events\n", len(found.Records))
		return exitGood
	}
	fmt.Fprintf(stderr, "guitai export: %d events; event %d is lost in both copies; %d later ones follow, marked \"after_gap\"\n",
		len(found.Records), found.Lost, len(found.Behind))
	return exitDamaged
}

// exportLine is one event. Its hash is over the stored bytes, so that it can be compared with a checkpoint.
type exportLine struct {
	Seq      uint64        `json:"seq"`
	Hash     string        `json:"hash"`
	AfterGap bool          `json:"after_gap,omitempty"` // an event before it is lost: its seal is good, its place in the chain is unproven
	Kind     string        `json:"kind,omitempty"`
	Epoch    uint32        `json:"epoch,omitempty"`
	Day      string        `json:"day,omitempty"`
	At       string        `json:"at,omitempty"`
	Actor    ledger.Actor  `json:"actor"`
	Tasks    []ledger.Task `json:"tasks,omitempty"`
	Body     ledger.Body   `json:"body,omitempty"`
	Fault    string        `json:"fault,omitempty"` // why the event cannot be read by this version
}

func exported(seq uint64, stored []byte, afterGap bool) exportLine {
	hash := ledger.HashOf(stored)
	line := exportLine{Seq: seq, Hash: hex.EncodeToString(hash[:]), AfterGap: afterGap}
	event, err := ledger.DecodeEvent(stored)
	if err != nil {
		line.Fault = err.Error()
		return line
	}
	line.Kind, line.Body = reflect.TypeOf(event.Body).Elem().Name(), event.Body
	line.Epoch, line.Day, line.At = event.Epoch, event.Day.String(), event.At.Format(time.RFC3339Nano)
	line.Actor, line.Tasks = event.Actor, event.Tasks
	return line
}
