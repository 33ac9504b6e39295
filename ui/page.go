package ui

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"guitai/assets"
)

// This file is the customer's screen for a browser on the till's own machine: one page, and a stream of what it shows. It reads
// nothing from anybody. A viewer's goroutine looks at the Book when its last frame has been taken, as on the socket of the
// second screen, so a slow one misses what lies between, and one that takes nothing is dropped.

// PageConfig is where the customer's page is. The zero value is nowhere.
type PageConfig struct {
	// Listen is an address of this machine alone, with a port, such as 127.0.0.1:8090, for a browser that shows the customer the
	// amount, the QR and the result. Whoever has an account on this machine can look at it, too. Empty: no page.
	Listen string `toml:"listen"`
}

// Check returns a sentence for a wrong setting, which begins with its name; or nil.
func (c PageConfig) Check() error {
	if c.Listen == "" {
		return nil
	}
	at, err := netip.ParseAddrPort(c.Listen)
	if err != nil || at.Port() == 0 || !at.Addr().Unmap().IsLoopback() || at.Addr().Zone() != "" {
		return fmt.Errorf("listen = %q: an address of this machine alone with a port, such as 127.0.0.1:8090", c.Listen)
	}
	return nil
}

const (
	pageViewers = 8                // windows that show the page at once: a few screens, and one that is being tried
	pageConns   = 3 * pageViewers  // connections, so that nobody can use up the till's file descriptors
	pageAgain   = 2 * time.Second  // until a port that is taken is tried again
	pageAsks    = 5 * time.Second  // in which a request must have come
	pageIdles   = 30 * time.Second // until an idle connection is closed: a browser opens another
)

//go:embed page.html
var pageHTML string

// page serves one till's customers.
type page struct {
	Shared
	html, own string // the page in its languages, and what it is known by
	viewers   chan struct{}
	answers   sync.RWMutex // read while an answer is being written, so that the end can wait for all
}

// Page shows the customer's page until ctx ends, and gives nil then, or at once where there is none. A port that is taken is
// tried again; report, which may be nil, hears each change: why there is no page, or nil when it is there. Nothing that goes
// wrong here is a reason not to sell. When Page returns, nobody looks at the Book any more.
func Page(ctx context.Context, cfg PageConfig, what Shared, report func(error)) error {
	if cfg.Listen == "" {
		return nil
	}
	if err := cfg.Check(); err != nil {
		return fmt.Errorf("page.%w", err)
	}
	p := newPage(what)
	var following sync.WaitGroup
	following.Go(func() { p.receipts.follow(ctx, what.Book, what.Log) })
	defer following.Wait()
	told := "?"
	tell := func(err error) {
		text := fmt.Sprint(err)
		if told == text {
			return
		}
		if told = text; err != nil {
			what.Log.Warn("the customer's page is off", "cause", err)
		}
		if report != nil {
			report(err)
		}
	}
	for ctx.Err() == nil {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
		if err == nil {
			tell(nil)
			err = p.serve(ctx, listener)
		}
		if ctx.Err() == nil {
			tell(err)
			pause(ctx, pageAgain)
		}
	}
	return nil
}

func newPage(what Shared) *page {
	what.receipts = newReceiptDesk()
	first, second := assets.For(assets.En), assets.For(assets.Zh)
	lang := assets.En
	if what.Lang == assets.Zh {
		first, second, lang = second, first, assets.Zh
	}
	sum := sha256.Sum256([]byte(pageHTML + string(lang)))
	own := hex.EncodeToString(sum[:8])
	words := []string{"[[lang]]", string(lang), "[[page]]", own, "[[title]]", first.Page.Title, "[[word]]", first.Page.Silent.Word,
		"[[other]]", second.Page.Silent.Word, "[[first]]", first.Page.Silent.Says, "[[second]]", second.Page.Silent.Says}
	for i := 1; i < len(words); i += 2 {
		words[i] = html.EscapeString(words[i])
	}
	return &page{Shared: what, html: strings.NewReplacer(words...).Replace(pageHTML), own: own, viewers: make(chan struct{}, pageViewers)}
}

// serve answers until ctx ends or the listener breaks, and waits for the viewers.
func (p *page) serve(ctx context.Context, listener net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{
		Handler: p, ReadHeaderTimeout: pageAsks, ReadTimeout: pageAsks, IdleTimeout: pageIdles, MaxHeaderBytes: 8 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(p.Log.Handler(), slog.LevelInfo), // the terminal belongs to the screen
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	err := server.Serve(&fewConns{listener, make(chan struct{}, pageConns)})
	cancel()
	server.Close()
	p.answers.Lock() // an answer that begins after this finds its context ended
	defer p.answers.Unlock()
	return fmt.Errorf("serving the customer's page: %w", err)
}

// fewConns turns connections away above a number, and keeps little in the kernel for each, so that a stopped viewer is noticed.
type fewConns struct {
	net.Listener
	places chan struct{}
}

func (l *fewConns) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.places <- struct{}{}:
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetWriteBuffer(socketBytes)
			}
			return &placedConn{Conn: conn, leave: sync.OnceFunc(func() { <-l.places })}, nil
		default:
			conn.Close()
		}
	}
}

type placedConn struct {
	net.Conn
	leave func()
}

func (c *placedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// pagePolicy lets the page run its own script and style and ask its own server, and nothing else: no other page may hold it in a
// frame, and nothing that it shows can become a script.
var pagePolicy = "default-src 'none'; connect-src 'self'; script-src '" + hashOf("script") + "'; style-src '" + hashOf("style") +
	"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// hashOf is the hash of an element's text in the page, as a content security policy names it.
func hashOf(element string) string {
	_, text, _ := strings.Cut(pageHTML, "<"+element+">")
	text, _, _ = strings.Cut(text, "</"+element+">")
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// ServeHTTP implements http.Handler: GET / and GET /events, of this machine's own name, and nothing else.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.answers.RLock()
	defer p.answers.RUnlock()
	if r.Context().Err() != nil {
		return
	}
	head := w.Header()
	for name, value := range map[string]string{
		"Content-Security-Policy": pagePolicy, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY",
	} {
		head.Set(name, value)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(takeWithin))
	switch {
	case !ownName(r.Host): // another site's name that was made to point here could read the page
		turnAway(w, "this page is called by the address of this machine", http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet:
		head.Set("Allow", http.MethodGet)
		turnAway(w, "this page is only looked at", http.StatusMethodNotAllowed)
	case r.URL.Path == "/":
		head.Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, p.html)
	case r.URL.Path == "/events" && foreign(r):
		turnAway(w, "only this page's own window listens", http.StatusForbidden)
	case r.URL.Path == "/events":
		p.events(w, r)
	default:
		turnAway(w, "there is nothing here", http.StatusNotFound)
	}
}

// ownName reports whether a Host header names this machine by an address, or as localhost, which browsers never ask anybody about.
func ownName(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	at, err := netip.ParseAddr(name)
	return err == nil && at.Unmap().IsLoopback() || strings.EqualFold(name, "localhost")
}

// foreign reports whether a browser says that another site asks. Such a site could read nothing, but take the viewers' places.
func foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	}
	return true
}

// turnAway answers whoever is not a customer's window, and keeps no connection for them: they would use up those of the windows.
func turnAway(w http.ResponseWriter, text string, status int) {
	w.Header().Set("Connection", "close")
	http.Error(w, text, status)
}

// events tells one viewer what it shows: at once, whenever that changes, and each second at least.
func (p *page) events(w http.ResponseWriter, r *http.Request) {
	select {
	case p.viewers <- struct{}{}:
		defer func() { <-p.viewers }()
	default:
		turnAway(w, "too many windows show this page", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	screen := newPageScreen(p.own, p.Book.Calendar())
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	counted := false
	defer func() {
		if counted {
			p.count(-1)
		}
	}()
	var told customerView
	for due := true; ; {
		changed, receipt := p.Book.Changed(), p.receipts.next()
		now := time.Now()
		if view := p.view(now); due || !view.same(told) {
			frame, err := json.Marshal(screen.frame(view, now))
			if err == nil {
				_ = out.SetWriteDeadline(time.Now().Add(takeWithin))
				_, err = fmt.Fprintf(w, "data: %s\n\n", frame)
			}
			if err = errors.Join(err, out.Flush()); err != nil {
				return // it has left, or takes nothing
			}
			told = view
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
			due = false
		case <-receipt:
			due = false
		case <-beat.C:
			if due = true; !counted { // one that stays
				counted = true
				p.count(1)
			}
		}
	}
}

// Test asks the page as a browser would, and tells what fails.
func (c PageConfig) Test(ctx context.Context) error {
	if c.Listen == "" {
		return errors.New("no page is configured")
	}
	ctx, cancel := context.WithTimeout(ctx, takeWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.Listen+"/", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the page does not answer: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Security-Policy") != pagePolicy {
		return fmt.Errorf("another program answers at %s", c.Listen)
	}
	return nil
}
