package channel

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"guitai/ledger"
)

// This file is what connectors share for fetching a day's statement.

// FetchError is a fault on the way to a statement: the same request may be made again.
type FetchError struct {
	Code  string // one of ledger.Faults, or the channel's own word
	Cause error  // the context's end, or nil
}

func (e *FetchError) Error() string { return "the statement was not fetched: " + e.Code }
func (e *FetchError) Unwrap() error { return e.Cause }

// fetchError makes the error of a fault. What does not look like a code is not told: nobody may have signed it, and who
// answers in a channel's place may quote the request.
func fetchError(ctx context.Context, code string) error {
	odd := func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("._- ", r))
	}
	if len(code) > maxCode || strings.ContainsFunc(code, odd) {
		code = ledger.FaultNotJSON
	}
	return &FetchError{Code: code, Cause: context.Cause(ctx)}
}

const maxCode = 64 // characters

// Refused makes the error of an answer that has a code of the channel's, or one of the till's, and no statement.
func Refused(code string) error { return fetchError(context.Background(), code) }

// Unanswered makes the error of a request for an address that brought no whole answer.
func (x *Exchange) Unanswered(ctx context.Context, err error) error {
	_, code := x.Fault(err)
	return fetchError(ctx, code)
}

// readyAt is when a day's statement can be had: from 10:00 on the next day in Beijing (both channels).
const readyAt = 34 * time.Hour

// Nothing is what "there is no such statement" means at the time of the exchange: until the statement can be ready it may
// still come, and afterwards there were no trades. The earlier one of the two clocks counts.
func (x *Exchange) Nothing(day ledger.Day) error {
	now := time.Now()
	if clock := x.Clock(); !clock.IsZero() && clock.Before(now) {
		now = clock
	}
	midnight, err := time.ParseInLocation(time.DateOnly, day.String(), ledger.Shanghai)
	if err != nil || now.Before(midnight.Add(readyAt)) {
		return ErrNotReady
	}
	return ErrNoTrades
}

// NewDownloadClient gives the client for files: NewHTTPClient's rules without its bound on an answer and without holding
// one in memory. No connection is kept: a day has one file, and the standard library asks again by itself on a kept one that
// breaks. base is the transport under it; nil is a plain one.
func NewDownloadClient(base http.RoundTripper) *http.Client {
	if base == nil {
		plain := newTransport()
		plain.DisableKeepAlives = true
		base = plain
	}
	return &http.Client{Transport: base, CheckRedirect: noRedirect}
}

// Download makes one GET, with what the header has, and lets take read the file to its end. Errors are FetchError, or
// take's own.
func Download(ctx context.Context, client *http.Client, address *url.URL, header http.Header, take func(body io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return Refused(ledger.FaultNotJSON)
	}
	if header != nil {
		request.Header = header
	}
	request.Header.Set("Accept-Encoding", "identity") // bytes as they are: the library must not unpack them by itself
	response, err := client.Do(request)
	if err != nil {
		return fetchError(ctx, faultCode(err, ledger.ClassUnknown))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return Refused(fmt.Sprintf("%s %d", ledger.FaultHTTP, response.StatusCode))
	}
	line := &bounded{from: response.Body}
	err = take(line)
	if line.err != nil { // what take makes of half a file says less
		return fetchError(ctx, faultCode(line.err, ledger.ClassUnknown))
	}
	return err
}

// bounded ends a body at MaxStatement, and keeps the error with which it broke off.
type bounded struct {
	from io.Reader
	read int64
	err  error
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.read += int64(n); b.read > MaxStatement {
		n, err = 0, errTooLong
	}
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// Keeper writes a statement to where it is kept.
type Keeper struct {
	file  io.Writer
	hash  hash.Hash
	bytes uint64
}

// NewKeeper gives a Keeper that writes to file.
func NewKeeper(file io.Writer) *Keeper { return &Keeper{file: file, hash: sha256.New()} }

// Write implements io.Writer. It takes no more than MaxStatement: a small file may unpack to an endless one.
func (k *Keeper) Write(p []byte) (int, error) {
	if k.bytes+uint64(len(p)) > MaxStatement {
		return 0, Refused(ledger.FaultTooLong)
	}
	n, err := k.file.Write(p)
	_, _ = k.hash.Write(p[:n]) // never fails
	k.bytes += uint64(n)
	if err != nil {
		return n, fmt.Errorf("the statement could not be kept: %w", err)
	}
	return n, nil
}

// File says what was written.
func (k *Keeper) File() StatementFile {
	f := StatementFile{Bytes: k.bytes}
	k.hash.Sum(f.Hash[:0])
	return f
}

// StatementAddress checks the address of a file that a channel has named. The channels sign it, so this is a second lock:
// where the channel is asked over https, so is the file, also when its address is written with http (Alipay's documents
// show one); and its host has the same registrable domain as the channel's (openapi.alipay.com and
// dwbillcenter.alipay.com), or is this machine where the channel is a simulator here.
func StatementAddress(base, text string) (*url.URL, error) {
	from, err := url.Parse(base)
	address, wrong := url.Parse(text)
	if err != nil || wrong != nil || address.User != nil || address.Scheme != "http" && address.Scheme != "https" {
		return nil, errAddress
	}
	host := strings.ToLower(address.Hostname())
	if from.Scheme == "https" && address.Scheme == "http" {
		if port := address.Port(); port != "" && port != "80" {
			return nil, errAddress
		}
		address.Scheme, address.Host = "https", strings.TrimSuffix(address.Host, ":80")
	}
	address.Fragment, address.RawFragment = "", ""
	if !sameSite(strings.ToLower(from.Hostname()), host) {
		return nil, errAddress
	}
	return address, nil
}

var errAddress = errors.New("the statement's address is not one of the channel")

func sameSite(channel, host string) bool {
	if loopback(channel) {
		return loopback(host)
	}
	if channel == host {
		return host != ""
	}
	_, err := netip.ParseAddr(host)
	return err != nil && namesHost(host) && site(host) != "" && site(host) == site(channel)
}

// site is a host's registrable domain: its last two labels, or three under a country's general names (com.cn, co.jp).
// Longer rules of public suffixes are none of a payment channel's.
func site(host string) string {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	n := 2
	if last := len(labels) - 1; last > 0 && len(labels[last]) == 2 && len(labels[last-1]) <= 3 {
		n = 3
	}
	if len(labels) < n {
		return ""
	}
	return strings.Join(labels[len(labels)-n:], ".")
}
