package ui

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"guitai/assets"
)

// This file is the viewer's side of looking on: the cashier's frames on a terminal of another size, with other colours, on a line that
// may be slow. What is typed there moves the part that is seen and leaves; nothing of it reaches the till.

// Size is a window in cells.
type Size struct{ Width, Height int }

// windowMost bounds the window that a stranger's terminal claims to have.
var windowMost = Size{500, 200}

// bounded gives a window that can be drawn; ok is false where the terminal does not know its size.
func (s Size) bounded() (_ Size, ok bool) {
	return Size{min(s.Width, windowMost.Width), min(s.Height, windowMost.Height)}, s.Width > 0 && s.Height > 0
}

// watchAfter is how long a viewer lets pass before it looks at a frame, and up to twice as long: the cashier's terminal draws it first,
// many viewers do not all draw at the same moment, and of frames that follow one another faster one is drawn.
const watchAfter = frameGap

// followWindow sends a viewer's window when it changes. It ends with ctx.
func (s *stage) followWindow(ctx context.Context, send func(tea.Msg)) {
	for {
		select {
		case <-ctx.Done():
			return
		case size, open := <-s.resized:
			if !open {
				return
			}
			if size, ok := size.bounded(); ok {
				send(tea.WindowSizeMsg{Width: size.Width, Height: size.Height})
			}
		}
	}
}

// followKeys sends what is typed at a far terminal, until its line ends. Bubble Tea's own reader waits for ever for a program to take a
// key that came when it had just ended, which would leave a goroutine and all that the program had behind, visit by visit.
func (s *stage) followKeys(ctx context.Context, send func(tea.Msg)) {
	typed := make(chan uv.Event)
	go func() {
		defer close(typed)
		_ = uv.NewTerminalReader(s.in, uv.Environ(s.env).Getenv("TERM")).StreamEvents(ctx, typed) // farLine tells of its end
	}()
	for event := range typed {
		send(event)
	}
}

// watching is the Bubble Tea model of a viewer.
type watching struct {
	ctx     context.Context
	hub     *Hub
	woken   <-chan struct{}
	head    func(width int) string // a row over the picture; nil: none
	words   *assets.Phrases
	palette palette
	linux   bool
	leaves  tea.Cmd // what the key that leaves does

	width, height int
	x, y          int  // the part of the picture that is seen, where it is larger than the window
	page          int  // how many rows of it are
	bar           bool // the viewer's own row is shown
	help          bool // the keys are shown instead of the picture
	cuts          cuts
	failed        *PanicError
}

// wokenMsg tells that the till has another frame.
type wokenMsg struct{ of *watching }

// Init implements tea.Model.
func (w *watching) Init() tea.Cmd { return guard(w.wait()) }

func (w *watching) wait() tea.Cmd {
	return func() tea.Msg {
		select {
		case <-w.ctx.Done():
			return nil
		case <-w.woken:
			pause(w.ctx, watchAfter+rand.N(watchAfter))
			return wokenMsg{w}
		}
	}
}

// Update implements tea.Model.
func (w *watching) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer func() {
		if value := recover(); value != nil {
			w.fail(panicError(value))
		}
		if model = w; w.failed != nil {
			cmd = tea.Quit
		}
	}()
	return w, guard(w.update(msg))
}

func (w *watching) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case *PanicError:
		w.fail(msg)
	case tea.WindowSizeMsg:
		if msg.Width > 0 && msg.Height > 0 {
			w.width, w.height = msg.Width, msg.Height
		}
	case wokenMsg:
		if msg.of == w {
			return w.wait()
		}
	case tea.KeyPressMsg:
		return w.key(msg.Key())
	}
	return nil
}

// columnsStep is how far an arrow to the side goes.
const columnsStep = 8

// key moves, or leaves. An Esc and a key that came within 50 ms are one message with Alt.
func (w *watching) key(key tea.Key) tea.Cmd {
	if w.help {
		w.help = false
		return nil
	}
	switch ctrl := key.Mod&tea.ModCtrl != 0; {
	case key.Mod&tea.ModAlt != 0, key.Code == tea.KeyEscape, key.Code == 'q', key.Code == 'Q', ctrl && (key.Code == 'c' || key.Code == 'd'):
		return w.leaves
	case ctrl && key.Code == 'l':
		return tea.ClearScreen
	case key.Code == 'b', key.Code == 'B':
		w.bar = !w.bar
	}
	switch key.Code {
	case tea.KeyUp:
		w.y--
	case tea.KeyDown:
		w.y++
	case tea.KeyPgUp:
		w.y -= max(w.page-1, 1)
	case tea.KeyPgDown:
		w.y += max(w.page-1, 1)
	case tea.KeyLeft:
		w.x -= columnsStep
	case tea.KeyRight:
		w.x += columnsStep
	case tea.KeyHome:
		w.x, w.y = 0, 0
	case tea.KeyEnd:
		w.x, w.y = windowMost.Width, windowMost.Height // as far as it goes
	}
	return nil
}

// View implements tea.Model.
func (w *watching) View() (view tea.View) {
	view.AltScreen = true
	defer func() {
		if value := recover(); value != nil {
			w.fail(panicError(value))
		}
	}()
	if w.failed == nil && w.width > 0 {
		view.SetContent(w.frame())
	}
	return view
}

func (w *watching) failure() *PanicError { return w.failed }

func (w *watching) fail(failure *PanicError) {
	if w.failed == nil {
		w.failed = failure
	}
}

// frame is the viewer's whole window: the row over the picture, the picture, and the viewer's own row.
func (w *watching) frame() string {
	seen := w.hub.look()
	var rows []string
	if w.head != nil && w.height > 1 {
		rows = append(rows, w.head(w.width))
	}
	room := w.height - len(rows)
	if w.bar {
		room--
	}
	rows = append(rows, w.picture(&seen, room)...)
	if w.bar {
		rows = append(rows, w.palette.mark.Render(pad(w.own(&seen), w.width)))
	}
	frame := strings.Join(rows, "\n")
	if w.linux {
		return consoleSigns.Replace(frame)
	}
	return frame
}

// picture gives exactly height rows with as much of what is seen as fits.
func (w *watching) picture(v *view, height int) []string {
	w.page = height
	if w.help {
		var rows []string
		for _, text := range w.words.Watch.Help {
			rows = append(rows, wrap(text, w.width, 2)...)
		}
		return fit(rows, height)
	}
	if says := w.instead(v); says != "" {
		text := wrap(says, w.width, height)
		return fit(append(make([]string, max(height-len(text), 0)/2), text...), height)
	}
	w.x, w.y = max(min(w.x, v.width-w.width), 0), max(min(w.y, v.height-height), 0)
	w.cuts.take(w.x, w.width, v.width, v.width+2 <= w.width && v.height+2 <= height)
	rows := make([]string, max(height-v.height, 0)/2, height+2)
	if w.cuts.frames {
		rows = append(rows[:len(rows)-1], w.cuts.indent()+"┌"+strings.Repeat("─", v.width)+"┐")
	}
	for y := w.y; y < min(w.y+height, v.height); y++ {
		row := ""
		if y < len(v.rows) {
			row = v.rows[y]
		}
		rows = append(rows, w.cuts.row(y, row))
	}
	if w.cuts.frames {
		rows = append(rows, w.cuts.indent()+"└"+strings.Repeat("─", v.width)+"┘")
	}
	return fit(rows, height)
}

// instead is what is said where there is no picture.
func (w *watching) instead(v *view) string {
	switch {
	case v.shows == showsNothing:
		return w.words.Watch.NoScreen
	case v.shows == showsStock:
		return w.words.Watch.Stock
	case v.withheld:
		return w.words.Watch.Withheld
	}
	return ""
}

// own is the viewer's own row: what is not as at the till, which part is seen, and what the keys do; in shorter words where they do not
// fit.
func (w *watching) own(v *view) (row string) {
	if row = " " + w.ownIn(&w.words.Watch.Row, v); wide(row) > w.width {
		return w.ownIn(&w.words.Watch.Short, v)
	}
	return row
}

func (w *watching) ownIn(words *assets.WatchRow, v *view) string {
	parts := []string{words.Back}
	switch {
	case v.behind:
		parts = append(parts, words.Behind)
	case v.shows == showsLines:
		parts = append(parts, words.Lines)
	}
	part := func(says string, from, most, all int) {
		if w.instead(v) == "" && all > most {
			n := strconv.Itoa
			parts = append(parts, assets.Fill(says, "from", n(from+1), "to", n(min(from+most, all)), "n", n(all)))
		}
	}
	given := len(parts)
	part(words.Columns, w.x, w.width, v.width)
	part(words.Rows, w.y, w.page, v.height)
	if len(parts) > given {
		parts = append(parts, words.Move)
	}
	return strings.Join(append(parts, words.Hide), " · ")
}

// cuts makes a viewer's rows of the till's, and remembers them: most are the same in the next frame.
type cuts struct {
	from, window, width int  // of the picture
	frames              bool // there is room for a frame around it
	rows                map[int][2]string
	line                []glyph
}

// take sets what is to be made of the rows.
func (c *cuts) take(from, window, width int, frames bool) {
	if c.from != from || c.window != window || c.width != width || c.frames != frames || c.rows == nil {
		*c = cuts{from: from, window: window, width: width, frames: frames, rows: map[int][2]string{}, line: make([]glyph, width)}
	}
}

func (c *cuts) indent() string {
	border := 0
	if c.frames {
		border = 1
	}
	return strings.Repeat(" ", max(c.window-c.width, 0)/2-border)
}

// row is one row of the window.
func (c *cuts) row(y int, row string) string {
	if c.width == c.window {
		return row
	}
	if last, ok := c.rows[y]; ok && last[0] == row {
		return last[1]
	}
	made := ""
	switch {
	case c.frames:
		made = c.indent() + "│" + pad(row, c.width) + "│"
	case c.width < c.window:
		made = c.indent() + row
	default:
		made = c.part(row)
	}
	c.rows[y] = [2]string{row, made}
	return made
}

// part is what of a row lies in the window. Of a wide character of which half lies there, a blank is left.
func (c *cuts) part(row string) string {
	allInks.cells(c.line, row)
	to := c.from + c.window
	if first := &c.line[c.from]; first.text == "" {
		*first = first.pen.on(" ")
	}
	if to < c.width && c.line[to].text == "" {
		c.line[to-1] = c.line[to-1].pen.on(" ")
	}
	return textOf(c.line[c.from:to])
}
