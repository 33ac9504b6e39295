package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/sync/channel"
	"guitai/sync/sandbox"
	"guitai/sync/statement"
	"guitai/ui/console"
)

// shopStatements is what `guitai statement` needs of the room of statements. It implements console.Statements.
type shopStatements struct {
	cfg Config
	dir string
}

// Why the command asks no channel.
var (
	errTrainingFetches = errors.New("in training the till itself fetches the simulator's statements while it is open")
	errFetchOff        = errors.New("[statements] fetch = false: this shop's statements are brought as files, with guitai statement import")
)

func (s *shopStatements) Asks() error {
	switch {
	case s.cfg.Mode == modeTraining:
		return errTrainingFetches
	case !s.cfg.Statements.Fetch:
		return errFetchOff
	}
	return nil
}

// merchants are the shop's numbers at its channels.
func (c *Config) merchants() map[ledger.Channel]string {
	if c.Mode == modeTraining {
		return map[ledger.Channel]string{ledger.Alipay: sandbox.SellerID, ledger.WeChat: sandbox.MchID}
	}
	merchants := map[ledger.Channel]string{}
	if c.Alipay != nil {
		merchants[ledger.Alipay] = c.Alipay.SellerID
	}
	if c.WechatPay != nil {
		merchants[ledger.WeChat] = c.WechatPay.MchID
	}
	return merchants
}

func (s *shopStatements) Look(file console.StatementFile, day ledger.Day) (ledger.StatementKey, error) {
	key, _, err := statement.Recognise(file, day, s.cfg.merchants(), time.Now())
	return key, err
}

func (s *shopStatements) Open(store *disk.Store, book *ledger.Book, asking bool) (console.StatementWork, error) {
	worker := statement.New(book, archiveOf(store), s.cfg.Statements.worker())
	if asking {
		if _, err := channels(s.cfg, s.dir, func(c channel.Connector) { worker.Add(c) }, slog.New(slog.DiscardHandler)); err != nil {
			return nil, err
		}
	}
	return &statementWork{worker, s.cfg.merchants()}, nil
}

// statementWork implements console.StatementWork.
type statementWork struct {
	worker    *statement.Worker
	merchants map[ledger.Channel]string
}

func (w *statementWork) Missed() ([]ledger.StatementKey, error) { return w.worker.Missed(time.Now()) }

func (w *statementWork) Of(day ledger.Day) []ledger.StatementKey { return w.worker.Of(day) }

func (w *statementWork) Fetch(ctx context.Context, who ledger.Actor, key ledger.StatementKey) (uint64, error) {
	now := time.Now()
	size, err := w.worker.Fetch(ctx, who, key, now)
	if err == nil || errors.Is(err, statement.ErrRunning) || ledger.ReasonOf(err) != "" {
		return size, err
	}
	again := max(statement.Again(err, 1), w.worker.Opens(key.Day).Sub(now))
	return size, &console.StatementFault{NotReady: errors.Is(err, channel.ErrNotReady), Again: again, Cause: err}
}

func (w *statementWork) Import(ctx context.Context, who ledger.Actor, file console.StatementFile, day ledger.Day) (ledger.StatementKey, error) {
	return w.worker.Import(ctx, who, file, day, w.merchants)
}

func (w *statementWork) Compare(ctx context.Context, who ledger.Actor, key ledger.StatementKey) error {
	return w.worker.Compare(ctx, who, key)
}
