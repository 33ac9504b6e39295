package ledger

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// BookConfig is what a Book needs to know about its shop.
type BookConfig struct {
	Till          string                          // the till's name in order numbers, one to four of A–Z and 0–9
	Mode          string                          // training, sandbox or production; written into the journal at each opening
	Version       string                          // of the program, for the journal
	Calendar      Calendar                        // business days
	Codes         CodeTable                       // which customer codes go where
	Own           OwnCodes                        // what the shop's own coupons and cards begin with, to be refused by name
	Channels      []Channel                       // the channels this till sells on, ready or still starting; default Alipay and WeChat Pay
	TillKey       []byte                          // key of the marks by which a used code is known again; at least 16 bytes
	Pepper        []byte                          // of the PINs; kept where the ledger is not; at least 16 bytes where Staffed
	PepperLost    bool                            // open without it, to call LosePINs
	Seconds       Seconds                         // which intents need a second person; none by default
	Staffed       bool                            // nobody may do anything who has not signed in; false in training
	SecondFactor  func(person, code string) error // what the shop asks for beside a PIN; nil: nothing
	QuietSettle   bool                            // a scan settles the keyed amount by itself after QuietAfter
	QuietAfter    time.Duration                   // pause after the last key that counts as settled; default 400 ms
	ReturnUpTo    int64                           // late money of up to this many fen goes back by itself; 0: any amount
	CashStep      int64                           // fen of the smallest coin: what settles a sale in cash is rounded to it; 0 and 1 round nothing
	Shifts        bool                            // nothing is sold before somebody has opened a shift
	CloseAt       time.Duration                   // after midnight, when a forgotten shift is closed; 24 h is the midnight that ends a day, 0 never
	AskAbove      int64                           // amounts above this many fen are asked about once; 0 asks never
	Alerts        Thresholds                      // from when on the watch speaks; none: of nothing
	SnapshotEvery uint64                          // events between snapshots; default 1,000
	Maintained    []Maintained                    // work on the ledger's files since the last opening, to be written down with this one
	NewEpoch      *NewEpoch                       // somebody's word that this folder goes on; nil: the epoch it has
	Recover       func() error                    // opens the store again after a failed write; nil: the Book stays stopped until the next start
	Receipts      ReceiptSigner                   // signs e-receipts; nil: there are none
	Stopped       error                           // why nothing may be written from the start on; everything can be looked at
	Random        io.Reader                       // of order numbers and tails; nil: the system's, and nothing but a simulation sets it
	Log           *slog.Logger
}

// NewEpoch is who has opened a new epoch, and what is to be remembered of it.
type NewEpoch struct {
	Actor Actor
	EpochBegun
}

// minTillKey keeps the marks useless to whoever has the ledger: with a short key they could be searched.
const minTillKey = 16

// codeLife is how long after the scan a customer code can still be charged: about one minute by the channels' word
// (Alipay auth_code: one minute), and half as much again to be safe.
const codeLife = 90 * time.Second

// Account is what a channel's answers must name, how long its QR lives, and what it allows of refunds.
type Account struct {
	Merchant, App string
	QRLife        time.Duration
	RefundMost    int           // refunds of one order; 0: no limit is documented
	RefundWindow  time.Duration // after the payment; 0: no limit is known
}

// Draft is the amount being keyed. It belongs to the Book and not to a screen, so that a scanned code meets the right
// amount whoever shows it. It is not on disk.
type Draft struct {
	Keyed Keyed
	KeyAt time.Time // of the last key
}

// Book is the one door for change. Every intent is decided on the current state, appended to the journal, and only
// then seen by anyone. All methods may be called from any goroutine.
type Book struct {
	cfg     BookConfig
	store   Store
	board   *Board
	intents chan *intent
	quit    chan struct{} // closed to end the committer
	stopped chan struct{} // closed when the committer has ended
	ending  sync.Once

	next        *State // owned by the committer goroutine, as all up to mu
	snapshotAt  uint64 // sequence number of the last snapshot
	snapshotDue bool   // the next append carries one whatever the distance
	retry       <-chan time.Time
	patience    time.Duration // before the try that retry stands for
	lost        bool          // something acknowledged is gone: no further try
	watched     uint64        // the open shift, and
	watchedAt   time.Time     // since when this process has seen it open

	trying    sync.Mutex      // held while a PIN is tried
	counting  sync.Mutex      // guards tries
	tries     map[Mark]*tried // by name and place
	openedAt  time.Time
	recalling sync.Mutex           // held while a sale of the past is looked at and brought back
	matching  sync.Mutex           // held while a statement is compared; guards doubted
	doubted   map[string]time.Time // orders and refunds by when the channel was asked about them because of a statement

	alerts *alertDesk // what FollowAlerts has found

	told atomic.Bool // the opening is durable, with what was done to the ledger's files before it

	mu       sync.RWMutex // guards the fields below
	seen     *State
	draft    Draft
	part     part
	accounts map[Channel]Account
	codes    map[OrderNo]PayCode // on their way to the worker
	waiting  *waitingAsk
	suspect  *Scan
	slowAt   time.Time // of the last look for refunds that take too long
	asked    []OrderNo // AskNow's, until the worker takes them
	changed  chan struct{}
	closed   bool
	broken   error // written by the committer alone, which may therefore read it without the lock
}

// waitingAsk is the next attempt of a sale whose shown QR must be withdrawn first.
type waitingAsk struct {
	sale    SaleID
	actor   Actor
	channel Channel
	code    *PayCode // nil: a QR of channel
}

func (w *waitingAsk) fresh(now time.Time) bool { return w.code == nil || w.code.Fresh(now) }

// OpenBook folds the journal and writes the opening. Attempts that were only an intent when the last process ended are
// taken up as unknown: whether their request had left cannot be known.
func OpenBook(ctx context.Context, store Store, board *Board, cfg BookConfig) (*Book, error) {
	if !ValidTillName(cfg.Till) {
		return nil, fmt.Errorf("till name %q: one to four of A-Z and 0-9", cfg.Till)
	}
	if len(cfg.TillKey) < minTillKey {
		return nil, fmt.Errorf("till key of %d bytes: at least %d", len(cfg.TillKey), minTillKey)
	}
	cfg.QuietAfter = cmp.Or(cfg.QuietAfter, 400*time.Millisecond)
	cfg.SnapshotEvery = cmp.Or(cfg.SnapshotEvery, 1000)
	if cfg.Channels == nil {
		cfg.Channels = []Channel{Alipay, WeChat}
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	seen, err := load(store, cfg.Log)
	if err != nil {
		return nil, err
	}
	if seen.Mode != "" && seen.Mode != cfg.Mode {
		return nil, fmt.Errorf("this folder belongs to a till in %s mode; %s needs a folder of its own", seen.Mode, cfg.Mode)
	}
	if (cfg.Staffed || cfg.Mode != training) && !cfg.PepperLost && !seen.peppered(cfg.Pepper) {
		return nil, Refuse(ReasonNoPepper)
	}
	next, err := RestoreState(seen.Snapshot())
	if err != nil {
		return nil, err
	}
	Failpoint("open: journal folded")
	b := &Book{
		cfg: cfg, store: store, board: board, seen: seen, next: next, snapshotAt: seen.Head.Seq,
		tries: make(map[Mark]*tried), openedAt: time.Now(),
		intents: make(chan *intent), quit: make(chan struct{}), stopped: make(chan struct{}), changed: make(chan struct{}),
		accounts: make(map[Channel]Account), codes: make(map[OrderNo]PayCode), alerts: newAlertDesk(cfg.Alerts, cfg.Calendar),
	}
	b.broken = cfg.Stopped
	go b.committer()
	if cfg.Stopped != nil {
		return b, nil
	}
	err = b.beginEpoch(ctx)
	if err == nil {
		err = b.commit(ctx, Till, b.opening)
		Failpoint("open: opening written")
	}
	if err != nil {
		b.end()
		return nil, err
	}
	b.told.Store(true)
	return b, nil
}

// LoadState gives what a ledger knows, for whoever only looks.
func LoadState(store Store) (*State, error) { return load(store, slog.New(slog.DiscardHandler)) }

// load folds the journal from its last snapshot on. A snapshot only saves time: one that cannot be read is passed over.
func load(store Store, log *slog.Logger) (*State, error) {
	data, err := store.LastSnapshot()
	if err != nil {
		return nil, fmt.Errorf("reading the snapshot: %w", err)
	}
	state := NewState()
	if data != nil {
		if state, err = RestoreState(data); err != nil {
			log.Warn("the snapshot cannot be read: the whole journal is folded", "cause", err)
			state = NewState()
		}
	}
	err = store.Read(state.Head.Seq+1, func(_ uint64, stored []byte) error {
		event, err := DecodeEvent(stored)
		if err != nil {
			return err
		}
		_, err = state.Apply(&event, HashOf(stored))
		return err
	})
	if err != nil {
		return nil, RefuseBecause(ReasonLedgerDamaged, err)
	}
	return state, nil
}

// beginEpoch comes before everything else that this opening writes: order numbers made from now on are of the new epoch.
func (b *Book) beginEpoch(ctx context.Context) error {
	begun := b.cfg.NewEpoch
	if begun == nil {
		return nil
	}
	if err := begun.Actor.May(RightEpoch); err != nil {
		return err
	}
	err := b.commit(ctx, begun.Actor, func(*State, time.Time) (plan, error) {
		var p plan
		p.add(&begun.EpochBegun, Task{})
		return p, nil
	})
	Failpoint("open: epoch written")
	return err
}

func (b *Book) opening(s *State, _ time.Time) (plan, error) {
	var p plan
	p.add(&Opened{Till: b.cfg.Till, Mode: b.cfg.Mode, Version: b.cfg.Version, Salt: newSalt(b.cfg.Random)}, Task{})
	for i := range b.cfg.Maintained {
		if b.told.Load() {
			break
		}
		p.add(&b.cfg.Maintained[i], Task{})
	}
	for _, sale := range s.Open() {
		a := sale.Live()
		if a == nil || a.State != Intent {
			continue
		}
		m := a.stillUnknown()
		p.add(&AttemptAnswered{
			Answer: Answer{Order: a.Order, Request: RequestQuery, Class: ClassUnknown, Note: NoteRestart, Began: s.Head.Seq},
			Became: m.to,
		}, Task{Kind: m.task, Order: a.Order})
	}
	return p, nil
}

// Close finishes the writes in hand, writes why, and ends the committer. What is owed stays owed and is taken up at the
// next opening. A second Close does nothing.
func (b *Book) Close(why string) error {
	err := b.commit(context.Background(), Till, func(*State, time.Time) (plan, error) {
		b.snapshotDue = true
		var p plan
		p.add(&Closed{Why: why}, Task{})
		return p, nil
	})
	Failpoint("close: end written")
	b.end()
	if ReasonOf(err) == ReasonClosedLedger || b.cfg.Stopped != nil {
		return nil
	}
	return err
}

// Halt ends all writing for good, because something outside has shown that this ledger must not go on. It can still be looked
// at.
func (b *Book) Halt(ctx context.Context, cause error) error {
	err := b.commit(ctx, Till, func(*State, time.Time) (plan, error) {
		b.lost = true
		b.mu.Lock()
		defer b.mu.Unlock()
		b.broken = cause
		b.wipe()
		b.wake()
		return plan{}, cause
	})
	if err == cause {
		return nil
	}
	return err
}

func (b *Book) end() {
	b.ending.Do(func() { close(b.quit) })
	<-b.stopped
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.wipe()
}

// wipe forgets every customer code still in memory. The caller holds b.mu.
func (b *Book) wipe() {
	for order, code := range b.codes {
		code.Wipe()
		delete(b.codes, order)
	}
	b.dropWaiting()
	b.dropSuspect()
}

// forgetCodes wipes the codes of attempts that will not be sent any more. The caller holds b.mu.
func (b *Book) forgetCodes() {
	for order, code := range b.codes {
		if _, a := b.seen.Attempt(order); a == nil || a.State != Intent {
			code.Wipe()
			delete(b.codes, order)
		}
	}
}

// Read lets fn look at the state. fn must be short, keep no pointer into it, and not call the Book. Nobody waits for the disk here.
func (b *Book) Read(fn func(*State)) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	fn(b.seen)
}

// Err tells whether writing has stopped, and why.
func (b *Book) Err() error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.broken
}

// Changed gives a channel that is closed at the next change of state or draft. Take it before looking.
func (b *Book) Changed() <-chan struct{} {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.changed
}

// Board gives the volatile side.
func (b *Book) Board() *Board { return b.board }

// Lookup answers about sales outside the working set.
func (b *Book) Lookup() Lookup { return b.store }

// Today is the business day that an event written now would get.
func (b *Book) Today() Day {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.day(b.seen, time.Now())
}

// Calendar gives the shop's calendar.
func (b *Book) Calendar() Calendar { return b.cfg.Calendar }

// SetAccount makes a channel ready to sell on.
func (b *Book) SetAccount(channel Channel, account Account) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accounts[channel] = account
	b.wake()
}

// account tells whether a channel can be sold on, and if not, whether it ever will.
func (b *Book) account(channel Channel) (Account, error) {
	if !slices.Contains(b.cfg.Channels, channel) {
		return Account{}, Refuse(ReasonNotSetUp)
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	account, ok := b.accounts[channel]
	if !ok {
		return Account{}, Refuse(ReasonNotReady)
	}
	return account, nil
}
