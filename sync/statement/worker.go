package statement

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// Archive keeps files where nobody else reads them. Seal begins a file, which is there when its Keep has returned nil; Open opens one
// that was kept.
type Archive struct {
	Seal func(name string) (Sealing, error)
	Open func(name string) (Kept, error)
}

// Sealing is a file on its way into the archive. Drop after Keep does nothing.
type Sealing interface {
	io.Writer
	Keep() error
	Drop()
}

// Kept is a file of the archive.
type Kept interface {
	File
	io.Closer
}

// Config is how the statements of a shop are fetched.
type Config struct {
	From time.Duration            `toml:"-"` // after Beijing's midnight, when those of the day before are asked for; default 10 h (both channels' word)
	Days int                      `toml:"-"` // how many days back missed statements are asked for; default 31, at most 90 (WeChat Pay v3: three months)
	Rate map[ledger.Channel]int64 `toml:"-"` // of the fee that the shop has agreed on, in millionths; a channel without one is not checked
	Off  bool                     `toml:"-"` // fetch nothing; files that somebody brings are compared all the same
	Log  *slog.Logger             `toml:"-"`
}

// Worker fetches statements, keeps them sealed, and has them compared. Its memory is volatile: what was taken, and how far it was
// compared, is in the ledger.
type Worker struct {
	book    *ledger.Book
	archive Archive
	cfg     Config

	mu       sync.Mutex // guards the next two
	channels []channel.Statements
	tries    map[ledger.StatementKey]*try
	old      bool // days too long ago to be asked for were looked at; of Step's goroutine
}

// try is how the fetching, or the comparing again, of one statement stands.
type try struct {
	failed int
	next   time.Time
	missed bool
}

// New gives a worker without channels.
func New(book *ledger.Book, archive Archive, cfg Config) *Worker {
	if cfg.From == 0 {
		cfg.From = 10 * time.Hour
	}
	if cfg.Days == 0 {
		cfg.Days = 31
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Worker{book: book, archive: archive, cfg: cfg, tries: map[ledger.StatementKey]*try{}}
}

// Add introduces a channel; one that gives no statements is passed over.
func (w *Worker) Add(c channel.Connector) {
	if s, ok := c.(channel.Statements); ok && !w.cfg.Off {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.channels = append(w.channels, s)
	}
}

// every is how often the worker looks whether something is due.
const every = time.Minute

// Run does what is due until ctx ends.
func (w *Worker) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for w.Step(ctx, time.Now()) {
			if ctx.Err() != nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Step does the one thing that is due, the oldest day first, and reports whether there was one.
func (w *Worker) Step(ctx context.Context, now time.Time) bool {
	w.mu.Lock()
	channels := w.channels
	w.mu.Unlock()
	first, err := w.book.FirstDay()
	if err != nil || first == 0 {
		return false
	}
	today := ledger.Calendar{}.Day(now)
	if first > today { // the clock was ahead when the ledger began
		first = today.Plus(-w.cfg.Days)
	}
	w.missOld(ctx, channels, first, today)
	last := ledger.Calendar{}.Day(now.Add(-w.cfg.From)).Plus(-1) // before the hour, that of the day before yesterday
	for day := max(first, today.Plus(-w.cfg.Days)); day <= last; day = day.Plus(1) {
		for _, c := range channels {
			for _, kind := range c.StatementKinds() {
				key := ledger.StatementKey{Channel: c.Channel(), Day: day, Kind: kind}
				if w.one(ctx, c, key, today, now) {
					return true
				}
			}
		}
	}
	return false
}

// Between two tries.
const (
	notReady  = 10 * time.Minute // it is being made
	refused   = 6 * time.Hour    // the channel does not give it: perhaps a right is missing, which somebody mends
	faultMost = 30 * time.Minute
	again     = 10 * time.Minute // to compare again what the channel was asked about
	missing   = 2                // days after which a statement is missed
	// believed is how long after the first question it is believed that a day had no trades: Alipay says the same of a bill that it has
	// not made yet.
	believed = 24 * time.Hour
)

// one does what is due about one statement.
func (w *Worker) one(ctx context.Context, c channel.Statements, key ledger.StatementKey, today ledger.Day, now time.Time) bool {
	t := w.try(key)
	if now.Before(t.next) {
		return false
	}
	var st ledger.Statement
	taken := false
	w.book.Read(func(s *ledger.State) { st, taken = s.Statement(key) })
	switch taken = taken && st.Source == ledger.SourceFetched; {
	case !taken:
		_, err := w.fetch(ctx, ledger.Till, c, key, now)
		w.settle(key, t, now, err)
		w.miss(ctx, t, key, today)
	case !st.Compared || st.Pending > 0:
		t.next = now.Add(again)
		err := w.compare(ctx, ledger.Till, st)
		if gone(err) { // it is the channel's: it is had once more
			_, err = w.fetch(ctx, ledger.Till, c, key, now)
		}
		if err != nil {
			w.cfg.Log.Warn("comparing a statement", "channel", key.Channel, "day", key.Day, "cause", err)
		}
	default:
		return false
	}
	return true
}

func (w *Worker) try(key ledger.StatementKey) *try {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tries[key] == nil {
		w.tries[key] = &try{}
	}
	return w.tries[key]
}

// settle says when the next try is.
func (w *Worker) settle(key ledger.StatementKey, t *try, now time.Time, err error) {
	state := ledger.StatementsGood
	switch {
	case err == nil:
		t.failed = 0
	case errors.Is(err, channel.ErrNotReady):
		state = ledger.StatementsAwaited
	case errors.Is(err, channel.ErrNoStatement):
		state = ledger.StatementsRefused
	default:
		t.failed++
		state = ledger.StatementsFault
	}
	t.next = now.Add(Again(err, t.failed))
	w.post(key, state, err)
	if err != nil {
		w.cfg.Log.Warn("fetching a statement", "channel", key.Channel, "day", key.Day, "kind", key.Kind, "cause", err)
	}
}

func (w *Worker) post(key ledger.StatementKey, state ledger.StatementsState, err error) {
	cause := ""
	if err != nil {
		cause = err.Error()
	}
	w.book.Board().Post(func(v *ledger.BoardView) {
		v.Statements[key.Channel] = ledger.Statements{State: state, Day: key.Day, Since: time.Now(), Cause: cause}
	})
}

// miss has a statement named that a channel has not given two days after a day on which it has taken money here.
func (w *Worker) miss(ctx context.Context, t *try, key ledger.StatementKey, today ledger.Day) {
	if t.missed || key.Kind != ledger.StatementTrades || key.Day.Plus(missing) > today {
		return
	}
	known := false
	w.book.Read(func(s *ledger.State) { _, known = s.Statement(key) })
	if !known && w.tookMoney(key) {
		t.missed = w.book.MissStatement(ctx, key) == nil
	}
}

// missOld names, once in a process's life, days with money that are too long ago to be asked for and of which there is no statement.
func (w *Worker) missOld(ctx context.Context, channels []channel.Statements, first, today ledger.Day) {
	if w.old || len(channels) == 0 {
		return
	}
	w.old = true
	for day := max(first, today.Plus(-oldest)); day < today.Plus(-w.cfg.Days); day = day.Plus(1) {
		for _, c := range channels {
			key := ledger.StatementKey{Channel: c.Channel(), Day: day, Kind: ledger.StatementTrades}
			known := false
			w.book.Read(func(s *ledger.State) { _, known = s.Statement(key) })
			if !known && w.tookMoney(key) {
				if err := w.book.MissStatement(ctx, key); err != nil {
					w.cfg.Log.Warn("naming a missing statement", "day", day, "cause", err)
				}
			}
		}
	}
}

// oldest is how many days back a missing statement is named: as many as the ledger remembers statements of.
const oldest = 100

// tookMoney reports whether the ledger has payments or refunds on a statement's day, which is the channel's and not the shop's: the till
// may have learnt of them later, and a sale may have been keyed the day before. A refund that was begun on one day and ended on another
// stands on either, and tells nothing.
func (w *Worker) tookMoney(key ledger.StatementKey) bool {
	on := func(at time.Time) bool { return ledger.Calendar{}.Day(at) == key.Day }
	for beside := -1; beside <= 1; beside++ {
		day := key.Day.Plus(beside)
		if w.paidOn(key.Channel, day, on) || w.refundedOn(key.Channel, day, on) {
			return true
		}
	}
	return false
}

// lookAtOnce is how many sales are looked up together: the first one tells, as a rule.
const lookAtOnce = 100

// paidOn reports whether a channel's payment of one of a business day's sales is on a day.
func (w *Worker) paidOn(ch ledger.Channel, day ledger.Day, on func(time.Time) bool) bool {
	rows, err := w.book.Lookup().DayRows(day, 0)
	if err != nil {
		return false
	}
	var ids []ledger.SaleID
	for i := range rows {
		if rows[i].Paid == ch {
			ids = append(ids, rows[i].Sale)
		}
	}
	for some := range slices.Chunk(ids, lookAtOnce) {
		sales, err := w.book.Lookup().SalesOn(day, some)
		if err != nil {
			return false
		}
		if slices.ContainsFunc(sales, func(s *ledger.Sale) bool {
			return s != nil && s.Paid() != nil && on(cmp.Or(s.Paid().PaidAt, s.Paid().SinceAt))
		}) {
			return true
		}
	}
	return false
}

// refundedOn reports whether a channel's refund that belongs to a business day began and ended on a day.
func (w *Worker) refundedOn(ch ledger.Channel, day ledger.Day, on func(time.Time) bool) bool {
	rows, err := w.book.Lookup().DayRefunds(day)
	if err != nil {
		return false
	}
	rows = slices.DeleteFunc(rows, func(r ledger.RefundRow) bool { return r.Channel != ch || r.Part })
	for some := range slices.Chunk(rows, lookAtOnce) {
		orders := make([]ledger.OrderNo, len(some))
		for i := range some {
			orders[i] = some[i].Of()
		}
		sales, err := w.book.Lookup().SalesOf(orders)
		if err != nil {
			return false
		}
		for i, sale := range sales {
			if sale == nil || sale.Attempt(orders[i]) == nil {
				continue
			}
			if r := sale.Attempt(orders[i]).Refund(some[i].Number); r != nil && on(r.OpenedAt) && on(cmp.Or(r.ReturnedAt, r.SinceAt)) {
				return true
			}
		}
	}
	return false
}

// fetch brings a statement, and has it compared. If power fails anywhere in it, the ledger says how far it came: a file that was kept and
// not taken is fetched once more.
func (w *Worker) fetch(ctx context.Context, actor ledger.Actor, c channel.Statements, key ledger.StatementKey, now time.Time) (taken ledger.StatementTaken, err error) {
	w.post(key, ledger.StatementsFetching, nil)
	taken = ledger.StatementTaken{Key: key, Source: ledger.SourceFetched, Merchant: c.Account().Merchant, File: fileName(key, ledger.SourceFetched)}
	got, err := w.download(ctx, c, key, taken.File)
	switch {
	case errors.Is(err, channel.ErrNoTrades) && (w.tookMoney(key) || now.Before(w.Opens(key.Day).Add(believed))): // said of one that is not made, too
		return taken, channel.ErrNotReady
	case errors.Is(err, channel.ErrNoTrades):
		taken.File = ""
	case err != nil:
		return taken, err
	default:
		taken.Hash, taken.Bytes = got.Hash, got.Bytes
		if err := w.check(&taken); err != nil {
			return taken, err
		}
	}
	ledger.Failpoint("statement: file kept")
	if err := w.book.TakeStatement(ctx, actor, taken); err != nil {
		return taken, err
	}
	ledger.Failpoint("statement: file taken")
	var st ledger.Statement
	w.book.Read(func(s *ledger.State) { st, _ = s.Statement(key) })
	return taken, w.compare(ctx, actor, st)
}

// fileName is where a statement is kept.
func fileName(key ledger.StatementKey, source ledger.StatementSource) string {
	return fmt.Sprintf("%s-%d-%d-%d.sealed", key.Channel, key.Day, key.Kind, source)
}

// fetchLimit is how long a file may take to come.
const fetchLimit = 10 * time.Minute

func (w *Worker) download(ctx context.Context, c channel.Statements, key ledger.StatementKey, name string) (got channel.StatementFile, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	file, err := w.archive.Seal(name)
	if err != nil {
		return got, err
	}
	defer file.Drop()
	if got, err = c.Statement(ctx, key.Day, key.Kind, file); err != nil {
		return got, err
	}
	return got, file.Keep()
}

// check reads a kept file from end to end, so that nothing is booked of one that is broken, and notes what it says of itself.
func (w *Worker) check(taken *ledger.StatementTaken) error {
	file, err := w.archive.Open(taken.File)
	if err != nil {
		return err
	}
	defer file.Close()
	facts, err := Read(file, nil)
	if err != nil {
		return err
	}
	if err := facts.fits(taken.Key, taken.Merchant); err != nil {
		return err
	}
	taken.Merchant, taken.Rows, taken.Whole, taken.Funds = facts.Merchant, facts.Rows, facts.Whole, facts.Funds
	return nil
}

// gone reports whether what was kept is not there any more: the channel gives it once more.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errOtherFile) }

// errOtherFile: what is kept is not what the journal says was taken.
var errOtherFile = errors.New("the kept file is not the one that was taken")

// Why a file is not the statement that was wanted.
var (
	ErrOtherDay      = errors.New("the file is of another day")
	ErrOtherMerchant = errors.New("the file is of another merchant")
	ErrOtherKind     = errors.New("the file is another kind of statement, or another channel's")
)

// fits compares what a file says of itself with what was wanted. A file without rows may name nothing.
func (f *Facts) fits(key ledger.StatementKey, merchant string) error {
	switch {
	case f.Channel != key.Channel || f.Kind != key.Kind:
		return ErrOtherKind
	case f.Day != 0 && f.Day != key.Day:
		return ErrOtherDay
	case f.Merchant != "" && merchant != "" && f.Merchant != merchant:
		return ErrOtherMerchant
	}
	return nil
}

// compare has a statement's rows compared with the ledger; a statement of the balance is compared with that of trades.
func (w *Worker) compare(ctx context.Context, actor ledger.Actor, st ledger.Statement) error {
	w.post(st.StatementKey, ledger.StatementsComparing, nil)
	err := w.compareRows(ctx, actor, st)
	if err == nil {
		err = w.book.CompareFunds(ctx, actor, st.Channel, st.Day)
	}
	state := ledger.StatementsGood
	if err != nil {
		state = ledger.StatementsFault
	}
	w.post(st.StatementKey, state, err)
	return err
}

func (w *Worker) compareRows(ctx context.Context, actor ledger.Actor, st ledger.Statement) error {
	if st.Kind != ledger.StatementTrades {
		return nil
	}
	rows := func(func(ledger.StatementRow) error) error { return nil }
	if st.File != "" {
		file, err := w.archive.Open(st.File)
		if err != nil {
			return err
		}
		defer file.Close()
		if hash, err := hashOf(file); err != nil || hash != st.Hash {
			return cmp.Or(err, errOtherFile)
		}
		rows = func(each func(ledger.StatementRow) error) error {
			_, err := Read(file, each)
			return err
		}
	}
	rate, ok := w.cfg.Rate[st.Channel]
	if !ok {
		rate = -1
	}
	return w.book.CompareStatement(ctx, actor, st.StatementKey, rate, rows)
}

// Compare compares a statement that was taken once more.
func (w *Worker) Compare(ctx context.Context, actor ledger.Actor, key ledger.StatementKey) error {
	var st ledger.Statement
	known := false
	w.book.Read(func(s *ledger.State) { st, known = s.Statement(key) })
	if !known {
		return ledger.Refuse(ledger.ReasonStateForbidden)
	}
	return w.compare(ctx, actor, st)
}

// Import takes a file that somebody brings, and compares it. merchants are the shop's numbers at its channels; a file of another one is
// refused, and so are one of another day than day, unless that is 0, and one of a day that has not ended. It gives what the file is.
func (w *Worker) Import(ctx context.Context, actor ledger.Actor, file File, day ledger.Day, merchants map[ledger.Channel]string) (ledger.StatementKey, error) {
	key, facts, err := Recognise(file, day, merchants, time.Now())
	if err != nil {
		return key, err
	}
	if err := actor.May(ledger.RightStatement); err != nil {
		return key, err
	}
	if _, ok := w.fetched(key); ok { // before anything is kept
		return key, ledger.Refuse(ledger.ReasonStateForbidden)
	}
	taken := ledger.StatementTaken{Key: key, Source: ledger.SourceImported, Merchant: facts.Merchant, Rows: facts.Rows, Whole: facts.Whole, Funds: facts.Funds, Bytes: uint64(file.Size())}
	if taken.Hash, err = hashOf(file); err != nil {
		return key, err
	}
	taken.File = fmt.Sprintf("%s-%x.sealed", strings.TrimSuffix(fileName(key, ledger.SourceImported), ".sealed"), taken.Hash[:4]) // an earlier one stays
	if err := w.keep(file, taken.File); err != nil {
		return key, err
	}
	if err := w.book.TakeStatement(ctx, actor, taken); err != nil {
		return key, err
	}
	return key, w.Compare(ctx, actor, key)
}

// hashOf is a file's hash.
func hashOf(file File) (hash ledger.Hash, err error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(file, 0, file.Size())); err != nil {
		return hash, fmt.Errorf("reading the file: %w", err)
	}
	return ledger.Hash(sum.Sum(nil)), nil
}

// keep seals a copy.
func (w *Worker) keep(file File, name string) error {
	sealing, err := w.archive.Seal(name)
	if err != nil {
		return err
	}
	defer sealing.Drop()
	if _, err := io.Copy(sealing, io.NewSectionReader(file, 0, file.Size())); err != nil {
		return fmt.Errorf("keeping the file: %w", err)
	}
	return sealing.Keep()
}
