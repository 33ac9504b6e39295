package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
)

// still is a model that shows what it was told last.
type still struct{ frame string }

type stillMsg string

func (s *still) Init() tea.Cmd { return nil }

func (s *still) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if frame, ok := msg.(stillMsg); ok {
		s.frame = string(frame)
	}
	return s, nil
}

func (s *still) View() (view tea.View) {
	view.AltScreen = true
	view.SetContent(s.frame)
	return view
}

func (s *still) failure() *PanicError { return nil }

// shownBy gives a function that shows a frame in a window of its own through a renderer, and what tmux then shows: what
// was wanted, or what stands there after a long wait.
func shownBy(t *testing.T, renderer string, width, height int) func(frame string) [][]shown {
	t.Helper()
	w := newWindow(t, width, height)
	stage := newStage(w.line, w.line, func(name string) string { return map[string]string{"TERM": "tmux-256color"}[name] })
	stage.renderer = renderer
	ctx, cancel := context.WithCancel(t.Context())
	program, release, err := stage.program(ctx, &still{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := program.Run(); err != nil {
			t.Error(err)
		}
		release()
	}()
	t.Cleanup(func() {
		program.Quit()
		<-ended
		cancel()
	})
	return func(frame string) [][]shown {
		program.Send(stillMsg(frame))
		want := read(frame, width, height)
		for deadline := time.Now().Add(10 * time.Second); ; {
			got := w.shows()
			if renderer == RendererStock {
				tellErased(got, want, strings.Split(w.do(capture), "\n"))
			}
			if differ(got, want) == "" || time.Now().After(deadline) {
				return got
			}
		}
	}
}

// tellErased adds what tmux does not tell of a row's end when it was erased: whether with the right colour is not known.
func tellErased(got, want [][]shown, rows []string) {
	for y := range want {
		for x := wide(rows[y]); x < len(want[y]); x++ {
			if want[y][x].text == " " {
				got[y][x] = want[y][x]
			}
		}
	}
}

func TestBothRenderersShowTheSame(t *testing.T) {
	const width, height = 120, 40
	renderers := []string{RendererOwn, RendererStock}
	shows := map[string]func(string) [][]shown{}
	for _, renderer := range renderers {
		shows[renderer] = shownBy(t, renderer, width, height)
	}
	for _, lang := range assets.Langs {
		a := drawnApp(t, lang, false, width, height)
		for i, pic := range pictures() {
			if underRace && i%4 != 0 {
				continue
			}
			a.scene, a.stack, a.note, a.asked, a.zoom = baseScene(), []screen{&saleScreen{}}, note{}, askNothing, zoomChoice{}
			pic.set(a)
			frame := a.View().Content
			own, stock := shows[RendererOwn](frame), shows[RendererStock](frame)
			if wrong := differ(own, stock); wrong != "" {
				t.Errorf("%s, %s: ours is shown, the stock renderer's is wanted: %s", pic.name, lang, wrong)
			}
			if wrong := differ(own, read(frame, width, height)); wrong != "" {
				t.Fatalf("%s, %s: %s", pic.name, lang, wrong)
			}
			if !strings.Contains(rowText(own[0]), "12:34:56") && a.zoom.order == "" {
				t.Fatalf("%s, %s: no clock in %q", pic.name, lang, rowText(own[0]))
			}
		}
	}
}
