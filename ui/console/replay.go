package console

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/charmbracelet/x/term"

	"guitai/ledger/disk"
)

// replayPause bounds a pause of a replay: a visitor who reads presses nothing.
const replayPause = 3 * time.Second

// replayNotes is how many notes stand under a replay: a visitor can change a window's size as often as they like.
const replayNotes = 20

// replayEnd gives the terminal back, however the recording ends.
const replayEnd = "\x1b[?2026l\x1b[m\x1b(B\x0f\x1b[?7h\x1b[?25h\x1b[?1049l\r\n"

// unplayed says why a recording is not shown.
var unplayed = map[string]string{
	recordingChanged: "its recording was changed: it is not what the ledger vouches for, and is not shown",
	recordingMissing: "its recording is missing: the ledger vouches for one, and there is no file",
	recordingExpired: "its recording is not there: after 30 days the till removes those whose room newer ones need",
	recordingNone:    "nothing was recorded",
}

// unsure says what a recording that is shown does not prove.
var unsure = map[string]string{
	recordingCut:       "the recording was cut off, and the ledger vouches for none: this is what was written before",
	recordingRunning:   "the visit goes on: this is what was recorded so far",
	recordingUnvouched: "the recording is whole, but the ledger does not vouch for it",
}

// replay shows a visit's recording, if it is the one that the ledger knows.
func (c *visitsCall) replay(ctx context.Context, rows []visitRow, recordings *disk.Recordings, stdout, stderr io.Writer) int {
	at := slices.IndexFunc(rows, func(row visitRow) bool { return row.Visit == c.visit })
	if at < 0 {
		fmt.Fprintf(stderr, "guitai visits: there is no visit %d: guitai visits list has the numbers\n", c.visit)
		return exitCannot
	}
	row := &rows[at]
	recording, err := row.judge(recordings, time.Now())
	if err != nil {
		fmt.Fprintln(stderr, "guitai visits:", Sentence(err))
		return exitCannot
	}
	if why, refused := unplayed[row.Recording]; refused {
		fmt.Fprintf(stderr, "guitai visits: visit %d: %s\n", c.visit, why)
		return exitDamaged
	}
	if file, is := stdout.(*os.File); is && !c.plain && !term.IsTerminal(file.Fd()) {
		fmt.Fprintln(stderr, "guitai visits: a replay needs a terminal; --plain needs none")
		return exitCannot
	}
	fmt.Fprintf(stderr, "visit %d of %s, %s, on a window of %dx%d\n", row.Visit, harmlessTo(row.Person, 40), row.Began, recording.Head.Columns, recording.Head.Rows)
	if why, is := unsure[row.Recording]; is {
		fmt.Fprintf(stderr, "guitai visits: visit %d: %s\n", c.visit, why)
	}
	p := player{gate: replayGate{plain: c.plain}, speed: c.speed, out: stdout}
	err = p.play(ctx, recording.Rows)
	p.close()
	for _, note := range p.notes {
		fmt.Fprintln(stderr, note)
	}
	if p.unsaid > 0 {
		fmt.Fprintf(stderr, "and %d more like these\n", p.unsaid)
	}
	if p.gate.dropped > 0 {
		fmt.Fprintf(stderr, "guitai visits: %d sequences and characters that the till's own screens do not make were left out\n", p.gate.dropped)
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(stderr, "guitai visits: showing it:", err)
		return exitCannot
	}
	return exitGood
}

// player shows a recording.
type player struct {
	gate   replayGate
	speed  float64
	out    io.Writer
	notes  []string // for the end: a picture is no place for them
	unsaid int      // notes beyond replayNotes
}

func (p *player) note(at time.Duration, text string) {
	if len(p.notes) >= replayNotes {
		p.unsaid++
		return
	}
	p.notes = append(p.notes, "at "+at.String()+" "+text)
}

// play shows rows at their pace, or at once as lines. It ends with ctx.
func (p *player) play(ctx context.Context, rows []disk.RecordingRow) error {
	before := time.Duration(0)
	var out []byte
	for _, row := range rows {
		if !p.gate.plain && !pause(ctx, time.Duration(float64(min(row.At-before, replayPause))/p.speed)) {
			return ctx.Err()
		}
		before = row.At
		switch row.Kind {
		case disk.RowOut:
			out = p.gate.pass(out[:0], row.Data)
			if _, err := p.out.Write(out); err != nil {
				return err
			}
		case disk.RowGap:
			p.note(row.At, harmlessTo(string(row.Data), 20)+" bytes are missing: the disk was too slow")
		case disk.RowFull:
			p.note(row.At, "the recording was as long as one may be; the visit went on")
		case disk.RowSize:
			if p.gate.plain {
				continue
			}
			p.note(row.At, "the window was "+harmlessTo(string(row.Data), 20))
		}
	}
	return nil
}

// close ends the last line, or gives the terminal back.
func (p *player) close() {
	if p.gate.plain {
		_, _ = p.out.Write(p.gate.line(nil))
		return
	}
	_, _ = io.WriteString(p.out, replayEnd)
}

// pause waits, and reports whether ctx has not ended.
func pause(ctx context.Context, long time.Duration) bool {
	if long <= 0 {
		return ctx.Err() == nil
	}
	wait := time.NewTimer(long)
	defer wait.Stop()
	select {
	case <-wait.C:
		return true
	case <-ctx.Done():
		return false
	}
}
