package wechatpay

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha1" // WeChat Pay v3 names a statement's SHA-1
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"guitai/ledger"
	"guitai/sync/channel"
)

// statementCalls are the requests by kind (API v3, tradebill and fundflowbill).
var statementCalls = map[ledger.StatementKind]string{
	ledger.StatementTrades: "/v3/bill/tradebill?bill_type=ALL&tar_type=GZIP&bill_date=",
	ledger.StatementFunds:  "/v3/bill/fundflowbill?account_type=BASIC&tar_type=GZIP&bill_date=",
}

// StatementKinds implements channel.Statements.
func (c *Connector) StatementKinds() []ledger.StatementKind {
	return []ledger.StatementKind{ledger.StatementTrades, ledger.StatementFunds}
}

// Statement implements channel.Statements. The answer that names the file is signed and has its SHA-1, over the plain file
// even where it travels as gzip; the file itself is not signed. The plain file is handed on.
func (c *Connector) Statement(ctx context.Context, day ledger.Day, kind ledger.StatementKind, file io.Writer) (channel.StatementFile, error) {
	call, known := statementCalls[kind]
	if !known {
		return channel.StatementFile{}, channel.ErrNoStatement
	}
	link, err := c.statementLink(ctx, call, day)
	if err != nil {
		return channel.StatementFile{}, err
	}
	address, err := channel.StatementAddress(c.keys.BaseURL, link.URL)
	if err != nil {
		return channel.StatementFile{}, err
	}
	authorization, err := c.credential.GenerateAuthorizationHeader(ctx, http.MethodGet, address.RequestURI(), "")
	if err != nil {
		return channel.StatementFile{}, errors.New("the request for the statement cannot be signed")
	}
	keeper := channel.NewKeeper(file)
	header := http.Header{"Authorization": {authorization}, "Accept": {"*/*"}}
	err = channel.Download(ctx, c.download, address, header, func(body io.Reader) error { return takePlain(body, keeper, link.Value) })
	if err != nil {
		return channel.StatementFile{}, err
	}
	return keeper.File(), nil
}

// link is where a statement is.
type link struct {
	Type  string `json:"hash_type"`
	Value string `json:"hash_value"`
	URL   string `json:"download_url"`
}

// statementLink asks for the address. Only a signed answer says anything about the statement.
func (c *Connector) statementLink(ctx context.Context, call string, day ledger.Day) (l link, err error) {
	watched, exchange := channel.Watch(ctx)
	_, err = c.client.Request(watched, http.MethodGet, c.keys.BaseURL+call+url.QueryEscape(day.String()), nil, nil, nil, "")
	switch verified := exchange.Answered() && c.verified(ctx, exchange); {
	case !exchange.Answered():
		return l, exchange.Unanswered(ctx, err)
	case exchange.Status/100 != 2:
		return l, noStatement(exchange, day, verified)
	case err != nil || !verified:
		return l, channel.Refused(ledger.FaultBadSignature)
	case json.Unmarshal(exchange.Body, &l) != nil || !strings.EqualFold(l.Type, "SHA1") || l.Value == "" || l.URL == "":
		return l, channel.Refused(ledger.FaultNotJSON)
	}
	return l, nil
}

// Codes of the bill methods that repeating changes nothing about: the day is refused, or the merchant has no right to it.
var statementDenials = set("PARAM_ERROR", "INVALID_REQUEST", "NO_AUTH")

// noStatement reads why there is none. STATEMENT_CREATING is a file that is being made, NO_STATEMENT_EXIST a day without
// trades, unless it is asked before the statement can be there.
func noStatement(x *channel.Exchange, day ledger.Day, verified bool) error {
	var a ledger.Answer
	a.Verified = verified
	refused(&a, ledger.ByCode, x)
	switch code := plain(a.Code); {
	case !a.Verified || x.Status >= http.StatusInternalServerError:
	case code == plain("STATEMENT_CREATING"):
		return channel.ErrNotReady
	case code == plain("NO_STATEMENT_EXIST"):
		return x.Nothing(day)
	case statementDenials[code]:
		return channel.ErrNoStatement
	}
	return channel.Refused(a.Code)
}

// takePlain keeps a file, unpacked where it is packed, and compares its hash.
func takePlain(body io.Reader, keeper io.Writer, want string) error {
	in := bufio.NewReaderSize(body, 64<<10)
	var from io.Reader = in
	if head, _ := in.Peek(2); string(head) == "\x1f\x8b" { // RFC 1952, 2.3.1; no text of a statement begins so
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return channel.ErrStatementHash
		}
		from = unpacked
	}
	hash := sha1.New()
	_, err := io.Copy(io.MultiWriter(keeper, hash), from)
	switch {
	case unpacking(err):
		return channel.ErrStatementHash
	case err != nil:
		return err
	case !strings.EqualFold(hex.EncodeToString(hash.Sum(nil)), want):
		return channel.ErrStatementHash
	}
	return nil
}

// unpacking reports that a file is not what its packing says.
func unpacking(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &corrupt)
}
