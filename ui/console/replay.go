package console

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

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
func (c *visitsCall) replay(ctx context.Context, rows []visitRow, recordings *disk.Recordings, stdin io.Reader, stdout, stderr io.Writer) int {
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
	if why, is := unsure[row.Recording]; is {
		fmt.Fprintf(stderr, "guitai visits: visit %d: %s\n", c.visit, why)
	}
	p := player{speed: c.speed, out: stdout}
	if err := c.seated(ctx, &p, row, recording, stdin, stderr); err != nil {
		fmt.Fprintf(stderr, "guitai visits: visit %d: %v\n", c.visit, err)
		return exitCannot
	}
	p.report(stderr)
	return exitGood
}

// seated shows a recording in the way that it can be shown in here.
func (c *visitsCall) seated(ctx context.Context, p *player, row *visitRow, r *disk.Recording, stdin io.Reader, stderr io.Writer) (err error) {
	columns, rows := windowOf(r)
	on := fmt.Sprintf("on a window of %dx%d", columns, rows)
	switch {
	case columns == 0:
		p.gate.plain, on = true, "the command "+harmlessTo(cmp.Or(r.Head.Command, "of a visitor without a terminal"), 40)
	case c.plain:
		p.screen = newReplayScreen(columns, rows)
	default:
		p.picture, p.rows = true, rows
		if p.seat, err = newSeat(p.out, columns, rows); err != nil {
			return err
		}
	}
	fmt.Fprintf(stderr, "visit %d of %s, %s, %s\n", row.Visit, harmlessTo(row.Person, 40), row.Began, on)
	ctx, release, err := p.seat.take(ctx, stdin, stderr)
	if err != nil {
		return err
	}
	defer release()
	if ctx.Err() != nil { // whoever was to look has left
		return nil
	}
	defer p.close()
	if err := p.play(ctx, r.Rows); err != nil && ctx.Err() == nil {
		return fmt.Errorf("showing it: %w", err)
	}
	return nil
}

// report tells what does not stand in what was shown.
func (p *player) report(stderr io.Writer) {
	for _, note := range p.notes {
		fmt.Fprintln(stderr, note)
	}
	if p.unsaid > 0 {
		fmt.Fprintf(stderr, "and %d more like these\n", p.unsaid)
	}
	if p.gate.dropped > 0 {
		fmt.Fprintf(stderr, "guitai visits: %d sequences and characters that the till's own screens do not make were left out\n", p.gate.dropped)
	}
}

// player shows a recording: as a picture at its pace, or at once as the lines that its screen tells, or that it is made of.
type player struct {
	gate    replayGate
	picture bool
	rows    int           // of the picture
	seat    *replaySeat   // of the picture
	screen  *replayScreen // of lines; nil: what was sent is lines
	speed   float64
	out     io.Writer
	notes   []string // for the end: a picture is no place for them
	unsaid  int      // notes beyond replayNotes
}

func (p *player) note(at time.Duration, text string) {
	if len(p.notes) >= replayNotes {
		p.unsaid++
		return
	}
	p.notes = append(p.notes, "at "+at.String()+" "+text)
}

// play shows rows. It ends with ctx.
func (p *player) play(ctx context.Context, rows []disk.RecordingRow) error {
	before := time.Duration(0)
	for _, row := range rows {
		if p.picture && !pause(ctx, time.Duration(float64(min(row.At-before, replayPause))/p.speed)) {
			return ctx.Err()
		}
		before = row.At
		switch row.Kind {
		case disk.RowOut:
			if err := p.show(row); err != nil {
				return err
			}
		case disk.RowGap:
			p.note(row.At, harmlessTo(string(row.Data), 20)+" bytes are missing: the disk was too slow")
		case disk.RowFull:
			p.note(row.At, "the recording was as long as one may be; the visit went on")
		case disk.RowSize:
			if p.picture {
				p.note(row.At, "the window was "+harmlessTo(string(row.Data), 20))
			}
		}
	}
	return p.seat.stand(p.rows)
}

// show shows what was sent.
func (p *player) show(row disk.RecordingRow) error {
	if leaves(row.Data) {
		if err := p.seat.stand(p.rows); err != nil {
			return err
		}
	}
	out := p.gate.pass(nil, row.Data)
	if p.screen != nil {
		out = p.screen.frame(nil, out, row.At)
	}
	_, err := p.out.Write(out)
	return err
}

// close gives the terminal back, or ends the last line.
func (p *player) close() {
	switch {
	case p.picture:
		_, _ = io.WriteString(p.out, replayEnd)
	case p.gate.plain:
		_, _ = p.out.Write(p.gate.line(nil))
	}
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
