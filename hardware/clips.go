package hardware

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// clipPause keeps one clip's end from running into the next one's beginning. Words of a number belong closer together
// than this would be between sentences.
const clipPause = 25 * time.Millisecond

// readClip reads a recording. It opens no pipe and no device that someone has put in a clip's place, since reading those may
// never end.
func readClip(path string) (rate int, samples []int16, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil, fmt.Errorf("%s is missing", path)
	}
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	switch {
	case err != nil:
		return 0, nil, err
	case !info.Mode().IsRegular():
		return 0, nil, fmt.Errorf("%s is no file", path)
	case info.Size() > maxClipBytes:
		return 0, nil, fmt.Errorf("%s: too large for a clip: %d bytes, allowed are %d", path, info.Size(), maxClipBytes)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxClipBytes))
	if err != nil {
		return 0, nil, err
	}
	if rate, samples, err = parseWAV(b); err != nil {
		return 0, nil, fmt.Errorf("%s: %w", path, err)
	}
	return rate, samples, nil
}

// joinClips reads the named clips and puts one behind the other. Files are read anew each time, so that a clip recorded a
// minute ago is heard: twenty small files come out of memory in well under a millisecond.
func joinClips(folder string, names []string) (rate int, joined []int16, err error) {
	first := ""
	for _, name := range names {
		path := filepath.Join(folder, name+".wav")
		r, samples, err := readClip(path)
		if err != nil {
			return 0, nil, err
		}
		switch {
		case first == "":
			first, rate = path, r
		case r != rate:
			return 0, nil, fmt.Errorf("%s has %d samples a second and %s has %d: record all clips at one rate", path, r, first, rate)
		default:
			joined = append(joined, make([]int16, rate*int(clipPause.Milliseconds())/1000)...)
		}
		joined = append(joined, samples...)
	}
	return rate, joined, nil
}
