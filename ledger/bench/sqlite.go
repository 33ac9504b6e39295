package main

import (
	"database/sql"
	"errors"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver of that name
)

// sqlitePeer is SQLite with a write-ahead log that is synced at every commit.
type sqlitePeer struct {
	db  *sql.DB
	set *sql.Stmt
}

func openSQLite(dir string) (engine, error) {
	db, err := sql.Open("sqlite", filepath.Join(dir, "till.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec("CREATE TABLE till (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	set, err := db.Prepare("INSERT INTO till VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value")
	return &sqlitePeer{db, set}, err
}

func (s *sqlitePeer) put(group []item) error {
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	set := tx.Stmt(s.set)
	for _, it := range group {
		for _, p := range it.keys {
			if _, err := set.Exec(p.key, p.value); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
	}
	return tx.Commit()
}

func (s *sqlitePeer) settle() error { return nil }
func (s *sqlitePeer) close() error  { return errors.Join(s.set.Close(), s.db.Close()) }
