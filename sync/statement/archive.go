package statement

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// The bounds of what is unpacked. A statement's text packs to about a twentieth; a thousandth is what a bomb reaches.
const (
	maxPlain = 2 << 30 // bytes
	maxRatio = 250
	freeOfIt = 1 << 20 // bytes for which the ratio does not count: a small file of equal rows packs well
)

// bounded counts what comes out of an unpacker, and tells what is wrong in a file's own terms.
type bounded struct {
	in   io.Reader
	left int64
}

// unpacking bounds what comes out of so many packed bytes.
func unpacking(in io.Reader, packed int64) io.Reader {
	return &bounded{in: in, left: min(maxPlain, max(freeOfIt, packed*maxRatio))}
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &FaultError{Code: FaultSize, Cause: errors.New("unpacked it is more than 2 GiB, or 250 times what came")}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, &FaultError{Code: FaultArchive, Cause: err}
	}
	return n, err
}

func archiveFault(why string) error { return &FaultError{Code: FaultArchive, Cause: errors.New(why)} }

// gunzip gives a gzip's text.
func gunzip(file File) (io.Reader, error) {
	in, err := gzip.NewReader(io.NewSectionReader(file, 0, file.Size()))
	if err != nil {
		return nil, &FaultError{Code: FaultArchive, Cause: err}
	}
	return unpacking(in, file.Size()), nil
}

// members finds the two files of Alipay's ZIP by their names: the bill, and its summary, which may be missing.
func members(file File) (bill, summary *zip.File, err error) {
	if err := smallDirectory(file); err != nil {
		return nil, nil, err
	}
	archive, err := zip.NewReader(file, file.Size())
	if err != nil {
		return nil, nil, &FaultError{Code: FaultArchive, Cause: err}
	}
	for _, f := range archive.File {
		place := &bill
		if strings.Contains(memberName(f), "汇总") {
			place = &summary
		}
		if *place != nil || f.FileInfo().IsDir() {
			return nil, nil, archiveFault("the ZIP has other files than a bill (业务明细) and its summary (汇总)")
		}
		*place = f
	}
	if bill == nil || summary != nil && !strings.Contains(memberName(bill), "业务明细") {
		return nil, nil, archiveFault("the ZIP has no bill (业务明细)")
	}
	return bill, summary, nil
}

// memberName decodes a name: Alipay writes GBK and does not say so.
func memberName(f *zip.File) string {
	if !f.NonUTF8 {
		return f.Name
	}
	name, err := simplifiedchinese.GB18030.NewDecoder().String(f.Name)
	if err != nil {
		return ""
	}
	return name
}

// open gives a member's text, of a ZIP of so many bytes: what the member says of its own size may be a lie.
func open(f *zip.File, size int64) (io.ReadCloser, io.Reader, error) {
	in, err := f.Open()
	if err != nil {
		return nil, nil, &FaultError{Code: FaultArchive, Cause: err}
	}
	return in, unpacking(in, int64(min(f.CompressedSize64, uint64(size)))), nil
}

// The end of a ZIP's directory (APPNOTE.TXT, 4.3.16).
const (
	endLength    = 22
	maxComment   = 1<<16 - 1
	maxMembers   = 2
	maxDirectory = 4 << 10 // bytes: names of two files
)

// smallDirectory looks at a ZIP's end before its directory is read as a whole, because that takes memory for every entry it finds.
func smallDirectory(file File) error {
	from := max(0, file.Size()-endLength-maxComment)
	tail := make([]byte, file.Size()-from)
	if _, err := file.ReadAt(tail, from); err != nil && !errors.Is(err, io.EOF) {
		return &FaultError{Code: FaultRead, Cause: err}
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || at+endLength > len(tail) {
		return archiveFault("the end of the ZIP is missing")
	}
	end := tail[at:]
	entries, size, offset := binary.LittleEndian.Uint16(end[10:]), binary.LittleEndian.Uint32(end[12:]), binary.LittleEndian.Uint32(end[16:])
	comment := int(binary.LittleEndian.Uint16(end[20:]))
	switch {
	case comment != len(end)-endLength:
		return archiveFault("the end of the ZIP is damaged")
	case entries > maxMembers || size > maxDirectory:
		return archiveFault("the ZIP has other files than a bill (业务明细) and its summary (汇总)")
	case int64(offset)+int64(size) != from+int64(at):
		return archiveFault("the directory of the ZIP is not before its end")
	}
	return nil
}
