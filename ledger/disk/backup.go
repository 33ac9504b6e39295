package disk

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"guitai/ledger"
)

// A backup is the journal's segments as they are, which are sealed, and the wrapped data key. Badger is not in it: it is
// rebuilt. No key is in it that opens it: to restore one takes the master key or the recovery code. Segments are only ever
// appended to, so a backup can be made beside an open till, and the next one takes what is new.

// BackupReport is what a backup has.
type BackupReport struct {
	Segments, Copied int // in the backup; of them copied this time
	Events           uint64
	Head             ledger.Head
}

// Backup brings a backup up to date: a folder, or a single file (a name that ends in .tar). Both may exist. Then the whole
// backup is read and every event of it checked. It asks for no lock. Events are never overwritten with other ones: where the
// backup knows of more, or of another past, that is kept beside the new one under the time. A folder or a file that holds
// something else, or another ledger's backup, is an error and stays as it is.
func Backup(dir, to string) (report BackupReport, err error) {
	keys, err := readKeys(dir)
	if err != nil {
		return report, err
	}
	if strings.HasSuffix(to, ".tar") {
		return backupFile(dir, to, &keys)
	}
	return backupFolder(dir, to, &keys)
}

func backupFolder(dir, to string, keys *folderKeys) (report BackupReport, err error) {
	copied, err := backupNew(dir, to, keys)
	if err != nil {
		return report, err
	}
	report, err = checkBackup(to, keys)
	report.Copied = copied
	return report, err
}

// backupNew copies what a backup lacks, and gives how many segments that were.
func backupNew(dir, to string, keys *folderKeys) (copied int, err error) {
	if err := mayBackupTo(dir, to, keys); err != nil {
		return 0, err
	}
	folder := filepath.Join(to, journalFolder)
	for _, path := range []string{to, folder} {
		if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return 0, fmt.Errorf("the backup's folder: %w", err)
		}
	}
	copied, err = backupSegments(dir, folder, keys)
	if errors.Is(err, errOtherBackup) {
		if err = keepAside(folder); err == nil {
			copied, err = backupSegments(dir, folder, keys)
		}
		// It goes on beside the old one; that there is one must be seen.
		if err == nil {
			err = writeWhole(filepath.Join(to, keptNote), []byte("An earlier backup here knows events that the till does not have; it is kept beside the new one.\n"))
		}
	}
	if err != nil {
		return copied, err
	}
	if err := copySealed(dir, to); err != nil { // after the journal: whatever it names is there
		return copied, err
	}
	if err := errors.Join(writeWhole(filepath.Join(to, dataKeyName), keys.wrapped[:]), syncFolder(folder), syncFolder(to)); err != nil {
		return copied, fmt.Errorf("the backup: %w", err)
	}
	return copied, nil
}

// keptNote is the file that says that a backup keeps an earlier one. Whoever has looked at it removes it.
const keptNote = "EARLIER-BACKUP-KEPT.txt"

// errOtherBackup: the backup has events that the till has not: it is of a later time, of another past, or the till's journal
// was written anew.
var errOtherBackup = errors.New("the backup has events that the till has not")

// keepAside renames a backup's journal, so that a new one can stand beside it, and makes an empty one.
func keepAside(folder string) error {
	err := os.Rename(folder, folder+time.Now().UTC().Format("-20060102-150405.000"))
	if err == nil {
		err = os.Mkdir(folder, 0o700)
	}
	if err != nil {
		return fmt.Errorf("keeping an earlier backup: %w", err)
	}
	return nil
}

// backupSegments copies what a backup's journal lacks.
func backupSegments(dir, folder string, keys *folderKeys) (copied int, err error) {
	here, err := segmentFiles(filepath.Join(dir, journalFolder))
	if err != nil {
		return 0, err
	}
	there, err := segmentFiles(folder)
	if err != nil {
		return 0, err
	}
	if len(there) > len(here) {
		return 0, errOtherBackup
	}
	headers, err := readHeaders(filepath.Join(dir, journalFolder), keys.data)
	if err != nil {
		return 0, err
	}
	for i, path := range here[:min(len(here), len(headers))] {
		until := uint64(0)
		if i+1 < len(headers) {
			until = headers[i+1].First
		}
		fresh, err := backupSegment(path, filepath.Join(folder, filepath.Base(path)), keys, until)
		if err != nil {
			return copied, fmt.Errorf("backing up %s: %w", filepath.Base(path), err)
		}
		copied += fresh
	}
	return copied, nil
}

// mayBackupTo refuses a folder that holds something else.
func mayBackupTo(dir, to string, keys *folderKeys) error {
	here, err := filepath.Abs(dir)
	there, otherErr := filepath.Abs(to)
	if err := errors.Join(err, otherErr); err != nil {
		return err
	}
	if there == here || strings.HasPrefix(there, here+string(filepath.Separator)) {
		return fmt.Errorf("%s is in the till's own folder: a backup stands elsewhere, best on another device", to)
	}
	for _, name := range []string{ledgerFolder, ledgerKeyName} {
		if _, err := os.Stat(filepath.Join(to, name)); err == nil {
			return fmt.Errorf("%s holds something else (%s): choose a folder for the backup alone", to, name)
		}
	}
	files, err := segmentFiles(filepath.Join(to, journalFolder))
	if err != nil || len(files) == 0 || opensAnything(to, keys.data) {
		return err
	}
	return fmt.Errorf("%s is a backup of another ledger", to)
}

// backupSegment copies a segment unless the backup has it whole, and gives how many were copied. It keeps only whole frames: the
// last one of a segment being written may be half there. until is the first event of the next segment, 0 for the last: one that
// does not lead up to it is damaged, and a damaged segment takes the place of nothing.
func backupSegment(from, to string, keys *folderKeys, until uint64) (int, error) {
	content, err := os.ReadFile(from)
	if err != nil {
		return 0, err
	}
	h, err := decodeHeader(content, keys.data)
	if err != nil {
		return 0, err
	}
	end, next := wholeFrames(content, &h, keys.data)
	if until > 0 && next != until {
		return 0, damaged(fmt.Errorf("the till's segment ends at event %d and the next begins with %d: the till mends it when it is opened again", next-1, until))
	}
	content = content[:end]
	had, err := os.ReadFile(to)
	if err == nil && bytes.Equal(had, content) {
		return 0, nil
	}
	known, err := salvage(to, keys.data)
	if errors.Is(err, fs.ErrNotExist) {
		return 1, writeWhole(to, content)
	}
	now, nowErr := salvage(from, keys.data)
	if err := errors.Join(err, nowErr); err != nil {
		return 0, err
	}
	for seq, stored := range known {
		if !bytes.Equal(now[seq], stored) {
			return 0, fmt.Errorf("%w: event %d", errOtherBackup, seq)
		}
	}
	return 1, writeWhole(to, content)
}

// wholeFrames is how many bytes of a segment's content are header and frames that open, and which event would come next.
func wholeFrames(content []byte, h *segmentHeader, data dataKey) (bytes int, event uint64) {
	seal, at, next := h.sealer(data), headerBytes, h.First
	for {
		_, count, size, err := frameAt(content[at:], seal, next, nil)
		if err != nil || size == 0 {
			return at, next
		}
		at, next = at+size, next+uint64(count)
	}
}

// checkBackup walks a backup.
func checkBackup(from string, keys *folderKeys) (report BackupReport, err error) {
	var walked Report
	walked.witness = newWitness(keys, nil)
	err = verifyJournal(from, keys, &walked, func(ledger.Head, []byte) error { return nil })
	if err == nil && walked.BadLink != nil {
		err = fmt.Errorf("the backup is damaged: %s: %w", walked.File, walked.BadLink)
	}
	return BackupReport{Segments: walked.Segments, Events: walked.Events, Head: walked.Head}, err
}

// backupFile makes a backup in a folder beside the file, and packs it.
func backupFile(dir, to string, keys *folderKeys) (report BackupReport, err error) {
	temp, err := os.MkdirTemp(filepath.Dir(to), ".guitai-backup-")
	if err != nil {
		return report, fmt.Errorf("making room for the backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if _, err := os.Stat(to); err == nil {
		if err := unpack(to, temp); err != nil {
			return report, err
		}
		if len(mustList(temp)) == 0 {
			return report, fmt.Errorf("%s is no backup: it stays as it is", to)
		}
	}
	if report, err = backupFolder(dir, temp, keys); err != nil {
		return report, err
	}
	if err = pack(temp, to); err != nil {
		err = fmt.Errorf("packing the backup: %w", err)
	}
	return report, err
}

// mustList gives the segments of a folder that was just made.
func mustList(folder string) []string {
	files, _ := segmentFiles(filepath.Join(folder, journalFolder))
	return files
}

// pack writes a folder as one file, whole or not at all.
func pack(folder, to string) error {
	if err := os.Remove(to + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(to+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	packed := tar.NewWriter(file)
	err = errors.Join(packed.AddFS(os.DirFS(folder)), packed.Close())
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return errors.Join(os.Rename(to+".new", to), syncFolder(filepath.Dir(to)))
}

// unpack puts a packed backup into an empty folder. Nothing else is taken from the file than what a backup has.
func unpack(from, to string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := os.MkdirAll(filepath.Join(to, journalFolder), 0o700); err != nil {
		return err
	}
	for packed := tar.NewReader(file); ; {
		header, err := packed.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s is no backup: %w", from, err)
		}
		name := filepath.Clean(header.Name)
		segment, _ := filepath.Match(filepath.Join(journalFolder+"*", "????????.seg"), name)
		sealed, _ := filepath.Match(filepath.Join(sealedFolder, "?*.sealed"), name)
		if header.Typeflag != tar.TypeReg || name != dataKeyName && !segment && !sealed {
			continue
		}
		content, err := io.ReadAll(packed)
		if err == nil {
			err = os.MkdirAll(filepath.Join(to, filepath.Dir(name)), 0o700)
		}
		if err == nil {
			err = writeWhole(filepath.Join(to, name), content)
		}
		if err != nil {
			return fmt.Errorf("unpacking %s: %w", name, err)
		}
	}
}

// Restore makes a till's folder from a backup, in a folder that does not exist or is empty. The backup is read and checked,
// the folder built and verified in full, and only then does it get its name. key is the content of the master key's file, or
// code the recovery code; with a code a new master key is made. What is restored is a copy: the till only shows it until
// somebody opens a new epoch.
func Restore(from, dir string, key []byte, code string) (report Report, err error) {
	if err := os.RemoveAll(filepath.Join(dir, ".restoring")); err != nil { // of a restore that was cut short
		return report, err
	}
	if err := os.RemoveAll(filepath.Clean(dir) + ".restoring"); err != nil {
		return report, err
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return report, fmt.Errorf("%s is not empty: move it away first, or name another folder; a backup is restored into one of its own", dir)
	}
	work := filepath.Clean(dir) + ".restoring"
	_, err = os.Stat(dir)
	exists := err == nil
	if exists { // it may be where a disk is mounted, or lead to another one: what is built has to be inside
		work = filepath.Join(dir, ".restoring")
	}
	if err := os.MkdirAll(work, 0o700); err != nil {
		return report, fmt.Errorf("the folder to restore into: %w", err)
	}
	if err = restoreInto(from, work, key, code); err == nil {
		report, err = Verify(work)
	}
	if err != nil || report.Damaged() {
		return report, errors.Join(err, os.RemoveAll(work))
	}
	if err := settleRestored(work, dir, exists); err != nil {
		return report, fmt.Errorf("putting what was restored in its place: %w", err)
	}
	return report, nil
}

// settleRestored gives a folder that is whole its name, or moves what is in it one level up. The keys come last: until then
// nothing can be opened.
func settleRestored(work, dir string, exists bool) error {
	if !exists {
		return errors.Join(os.Rename(work, dir), syncFolder(filepath.Dir(filepath.Clean(dir))))
	}
	entries, err := os.ReadDir(work)
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b os.DirEntry) int {
		return strings.Compare(filepath.Ext(a.Name()), filepath.Ext(b.Name())) // folders and marks before *.key
	})
	for _, entry := range entries {
		if err := os.Rename(filepath.Join(work, entry.Name()), filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return errors.Join(os.Remove(work), syncFolder(dir))
}

func restoreInto(from, work string, key []byte, code string) error {
	if info, err := os.Stat(from); err != nil {
		return fmt.Errorf("the backup: %w", err)
	} else if !info.IsDir() {
		if err := unpack(from, work); err != nil {
			return err
		}
	} else if err := copyBackup(from, work); err != nil {
		return err
	}
	if err := restoreKeys(work, key, code); err != nil {
		return err
	}
	if err := errors.Join(syncFolder(filepath.Join(work, journalFolder)), syncFolder(work)); err != nil {
		return err
	}
	keys, err := readKeys(work)
	if err != nil {
		return err
	}
	report, err := checkBackup(work, &keys)
	if kept, _ := filepath.Glob(filepath.Join(from, journalFolder+"-*")); err != nil && len(kept) > 0 {
		err = fmt.Errorf("%w; an earlier one stands beside it in %s: give it the name %s to restore it", err, kept[len(kept)-1], journalFolder)
	}
	if err != nil {
		return err
	}
	if report.Events == 0 {
		return fmt.Errorf("%s has no events: is it a backup?", from)
	}
	note := ledger.Maintained{Work: ledger.WorkRestore, File: journalFolder, From: 1, To: report.Events, What: "restored from a backup"}
	if err := errors.Join(keepMaintained(work, note), writeWhole(filepath.Join(work, placeName), []byte(restoredPlace))); err != nil {
		return err
	}
	if err := emptyLedger(work, &keys, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	s, err := Open(work, Config{}) // gives Badger what the journal has
	if err != nil {
		return err
	}
	return s.Close()
}

func copyBackup(from, work string) error {
	files, err := segmentFiles(filepath.Join(from, journalFolder))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s is no backup: it has no journal", from)
	}
	if err := os.MkdirAll(filepath.Join(work, journalFolder), 0o700); err != nil {
		return err
	}
	for _, path := range slices.Concat(files, []string{filepath.Join(from, dataKeyName)}) {
		name, _ := filepath.Rel(from, path)
		content, err := os.ReadFile(path)
		if err == nil {
			err = writeWhole(filepath.Join(work, name), content)
		}
		if err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
	}
	return copySealed(from, work)
}

// copySealed brings the sealed files of one folder into another, those that are not there yet, or are others.
func copySealed(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, sealedFolder, "?*.sealed"))
	if err != nil || len(files) == 0 {
		return err
	}
	folder := filepath.Join(to, sealedFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("the folder of statements: %w", err)
	}
	for _, path := range files {
		there := filepath.Join(folder, filepath.Base(path))
		if sameHead(path, there) {
			continue
		}
		content, err := os.ReadFile(path)
		if err == nil {
			err = writeWhole(there, content)
		}
		if err != nil {
			return fmt.Errorf("copying %s: %w", filepath.Base(path), err)
		}
	}
	return syncFolder(folder)
}

// sameHead reports whether two sealed files are the same: each has a salt of its own, and is never written to again.
func sameHead(a, b string) bool {
	var heads [2][]byte
	var sizes [2]int64
	for i, path := range []string{a, b} {
		file, err := os.Open(path)
		if err != nil {
			return false
		}
		head := make([]byte, sealedHead)
		_, err = io.ReadFull(file, head)
		info, statErr := file.Stat()
		file.Close()
		if err != nil || statErr != nil {
			return false
		}
		heads[i], sizes[i] = head, info.Size()
	}
	return bytes.Equal(heads[0], heads[1]) && sizes[0] == sizes[1]
}

// restoreKeys puts the keys into a restored folder.
func restoreKeys(work string, key []byte, code string) error {
	till := make([]byte, keyLength)
	rand.Read(till)
	if err := keepKey(filepath.Join(work, tillKeyName), till); err != nil {
		return err
	}
	if code == "" {
		return writeWhole(filepath.Join(work, ledgerKeyName), key)
	}
	data, err := readCode(code)
	if err != nil {
		return err
	}
	if !opensAnything(work, data) {
		return errors.New("this code is not this backup's")
	}
	return rekey(work, data, Master{}, "the master key was made anew with the recovery code")
}

// backupEvery is how often an open till brings its backup up to date.
const backupEvery = 10 * time.Minute

// SendBackups brings a backup up to date beside the open till until ctx ends, and tells the board. Its folder must exist: a device that is not there would be a folder on the till's own disk.
//
// keep, in days, is how long events stay in Badger once the backup has them; 0 keeps all.
func (s *Store) SendBackups(ctx context.Context, book *ledger.Book, to string, keep int) {
	board, looked := book.Board(), ledger.Day(0)
	tick := time.NewTicker(backupEvery)
	defer tick.Stop()
	for {
		fault := ""
		if err := s.SendBackup(to); err != nil {
			fault = err.Error()
			s.cfg.Log.Warn("the backup", "cause", err)
		}
		if day := book.Today(); keep > 0 && fault == "" && day != looked {
			looked = day
			if last, err := s.Archive(ctx, book.Calendar().Day(time.Now().AddDate(0, 0, -keep)), to); err != nil {
				s.cfg.Log.Warn("archiving old days", "cause", err, "last", last)
			}
		}
		if was := board.View().BackupFault; was != fault {
			board.Post(func(v *ledger.BoardView) { v.BackupFault = fault })
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// SendBackup brings a backup up to date once.
func (s *Store) SendBackup(to string) error {
	if info, err := os.Stat(to); err != nil || !info.IsDir() {
		return fmt.Errorf("the folder %s is not there", to)
	}
	keys := s.keys
	if _, err := backupNew(s.dir, to, &keys); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(to, keptNote)); err == nil {
		return fmt.Errorf("it is up to date, and an earlier one that knows other events is kept in %s: look, then remove %s", to, keptNote)
	}
	return nil
}
