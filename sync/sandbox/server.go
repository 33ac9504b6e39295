package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"
)

// Config of one simulated world.
type Config struct {
	// Dir holds keys.json and orders.jsonl. It is made when missing. One Server at a time may use it.
	Dir string
	// NoTombstone: a cancel (Alipay) or a close or reverse (WeChat) of a number that does not exist yet, or of an
	// Alipay QR that nobody scanned, answers success and leaves nothing behind, so that a request overtaken by its
	// own cancel is executed all the same. Without it such a number can never come into being afterwards.
	NoTombstone bool
	// UnsignedErrors: WeChat answers other than 2xx carry no signature, as the real ones now and then.
	UnsignedErrors bool
	// Keys are used where Dir has none yet; nil: they are made.
	Keys *Keys
	// Log receives the simulator's own failures; nil: nothing is logged.
	Log *slog.Logger
}

// Server is both channels and all their customers. Its methods may be called from several goroutines.
type Server struct {
	config Config
	keys   *Keys

	mu           sync.Mutex // guards all below
	file         *os.File   // orders.jsonl, positioned at its end
	broken       error      // first failed write; nothing is accepted afterwards
	orders       map[string]*order
	sequence     []string          // keys of orders, in order of creation
	codes        map[string]string // digests of used customer codes, to the order
	payloads     map[string]string // QR texts, to the order
	transactions map[string]string // the channels' own numbers, to the order
	refunds      map[string]string // refund numbers, to the order
	serial       int               // of the customer code given out last
	faults       []Fault
	defects      []BillDefect
	tickets      map[string]ticket    // download addresses of bills, by their token
	nonces       map[string]time.Time // WeChat request nonces seen, to the time they can be forgotten
}

var beijing = time.FixedZone("CST", 8*60*60) // both channels' business time, no daylight saving

// Open loads the world in config.Dir, or makes a new one.
func Open(config Config) (*Server, error) {
	if config.Dir == "" {
		return nil, errors.New("sandbox: no folder given")
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	keys, err := openKeys(config.Dir, config.Keys)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Server{
		config: config, keys: keys,
		orders: map[string]*order{}, codes: map[string]string{}, payloads: map[string]string{},
		transactions: map[string]string{}, refunds: map[string]string{}, nonces: map[string]time.Time{},
		tickets: map[string]ticket{},
	}
	if err := s.load(); err != nil {
		if s.file != nil {
			_ = s.file.Close() // the first error is the one to report
		}
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return s, nil
}

// Close ends the world; requests that still arrive are answered with SYSTEM_ERROR.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = errors.New("closed")
	}
	if err := s.file.Close(); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	return nil
}

// Handler serves POST /gateway.do and bills (Alipay), /v3/… (WeChat Pay) and /sandbox/… (control). It must run under a real
// http.Server: dropped connections are made by aborting the handler.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /gateway.do", s.gateway)
	mux.HandleFunc("GET /downloadBillFile.resource", s.alipayDownload)
	s.routeWechat(mux)
	s.routeControl(mux)
	return mux
}

// Client gives what a client needs to talk to this simulator, apart from its address.
func (s *Server) Client() Credentials { return s.keys.credentials() }

// Orders lists every order number that was ever asked for, oldest first, as things stand now.
func (s *Server) Orders() []Order {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Order, 0, len(s.sequence))
	for _, key := range s.sequence {
		known := s.orders[key]
		o, err := s.look(known.Channel, known.Number, now)
		if err != nil {
			s.config.Log.Error("sandbox: order could not be brought up to date", "err", err)
			o = known.clone()
		}
		list = append(list, o.Order)
	}
	return list
}

// Scan lets a customer scan a QR payload and act as behaviour says (0 pays at once); a magic amount wins. It returns
// the order as it stands after the scan. A refusal on the customer's phone is not an error; a payload that is unknown,
// expired, paid or closed is.
func (s *Server) Scan(payload string, behaviour int) (Order, error) {
	o, err := s.scan(time.Now(), payload, behaviour)
	if err != nil {
		return Order{}, fmt.Errorf("scan: %w", err)
	}
	return o.Order, nil
}

// NewCode gives a customer code that was never given out before from this folder. It returns the empty string for a
// channel or behaviour that does not exist, or when the folder cannot be written; both are logged.
func (s *Server) NewCode(channel string, behaviour int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		code, err := makeCode(channel, behaviour, s.serial+1)
		if err == nil {
			s.serial++
			if s.codes[digestOf(code)] != "" {
				continue // typed by hand before its turn
			}
			err = s.write(line{Serial: s.serial})
		}
		if err != nil {
			s.config.Log.Error("sandbox: no customer code", "err", err)
			return ""
		}
		return code
	}
}
