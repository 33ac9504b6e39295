package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// frameGap is the least time between two frames. The first after a pause is built at once, so a key is on its way to the
// screen as soon as it was understood, and a burst or a paste costs a frame now and then instead of one a character.
const frameGap = 16 * time.Millisecond

// painted is a model on our own painter. Bubble Tea runs its loop and draws nothing.
type painted struct {
	model   model
	painter *painter
	width   int // the window
	height  int
	last    drawing   // the last one given to the painter
	at      time.Time // when
	due     bool      // a dueMsg is on its way
	whole   bool      // what the terminal holds is not known
	enter   bool      // the terminal is to be taken again
}

type (
	dueMsg     struct{} // time for a frame
	resumedMsg struct{} // the process was stopped, and goes on
)

// Init implements tea.Model.
func (m *painted) Init() tea.Cmd { return m.model.Init() }

// View implements tea.Model. Bubble Tea asks after every message; nothing is drawn here.
func (m *painted) View() tea.View { return tea.View{} }

// Update implements tea.Model.
func (m *painted) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case dueMsg:
		m.due = false
	case resumedMsg:
		m.whole, m.enter = true, true
	case tea.ModeReportMsg:
		if msg.Mode == ansi.ModeSynchronizedOutput && msg.Value == ansi.ModeReset {
			m.painter.synchronized()
		}
	case tea.RawMsg: // the bell; Bubble Tea's own bytes go nowhere
		m.painter.bell()
	case tea.WindowSizeMsg:
		if msg.Width > 0 && msg.Height > 0 {
			m.width, m.height = msg.Width, msg.Height
			m.whole = true // terminals rearrange what they hold, each in its own way
		}
		_, cmd = m.model.Update(msg)
	default:
		m.whole = m.whole || msg == tea.ClearScreen()
		_, cmd = m.model.Update(msg)
	}
	return m, tea.Batch(cmd, m.show())
}

// show gives the painter a frame, now or when its time has come.
func (m *painted) show() tea.Cmd {
	if m.due {
		return nil
	}
	now := time.Now()
	if wait := frameGap - now.Sub(m.at); wait > 0 {
		m.due = true
		return tea.Tick(wait, func(time.Time) tea.Msg { return dueMsg{} })
	}
	next := drawing{text: m.model.View().Content, width: m.width, height: m.height}
	if s, ok := m.model.(secretive); ok {
		next.secret = s.secretive()
	}
	if m.model.failure() != nil {
		return tea.Quit
	}
	if next == m.last && !m.whole || next.width == 0 {
		return nil
	}
	m.last, m.at = next, now
	next.whole, next.enter = m.whole, m.enter
	m.whole, m.enter = false, false
	m.painter.show(next)
	return nil
}
