package alipay

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"io"
	"strings"

	"github.com/smartwalle/alipay/v3"

	"guitai/ledger"
	"guitai/sync/channel"
)

// StatementKinds implements channel.Statements.
func (c *Connector) StatementKinds() []ledger.StatementKind {
	return []ledger.StatementKind{ledger.StatementTrades}
}

// Statement implements channel.Statements: alipay.data.dataservice.bill.downloadurl.query, bill_type trade, and at once the
// file, whose address dies after 30 s. The channel names no hash of it: that it is the channel's own rests on the signed
// address and on TLS, and that it is whole on the end record of the ZIP, which is handed on as it came.
func (c *Connector) Statement(ctx context.Context, day ledger.Day, kind ledger.StatementKind, file io.Writer) (channel.StatementFile, error) {
	if kind != ledger.StatementTrades {
		return channel.StatementFile{}, channel.ErrNoStatement
	}
	link, err := c.statementLink(ctx, day)
	if err != nil {
		return channel.StatementFile{}, err
	}
	address, err := channel.StatementAddress(c.keys.GatewayURL, link)
	if err != nil {
		return channel.StatementFile{}, err
	}
	keeper := channel.NewKeeper(file)
	err = channel.Download(ctx, c.download, address, nil, func(body io.Reader) error { return takeZIP(body, keeper) })
	if err != nil {
		return channel.StatementFile{}, err
	}
	return keeper.File(), nil
}

// statementLink asks for the address. Only a signed answer says anything about the statement.
func (c *Connector) statementLink(ctx context.Context, day ledger.Day) (string, error) {
	request := alipay.NewPayload("alipay.data.dataservice.bill.downloadurl.query").
		AddBizField("bill_type", "trade").
		AddBizField("bill_date", day.String())
	watched, exchange := channel.Watch(ctx)
	var r reply
	err := c.client.Request(watched, request, &r)
	if !exchange.Answered() {
		return "", exchange.Unanswered(ctx, err)
	}
	code, _, signed := verdict(exchange, err)
	switch {
	case !signed:
		return "", channel.Refused(code)
	case alipay.Code(r.Code) != alipay.CodeSuccess:
		return "", r.noStatement(exchange, day)
	case r.BillURL == "":
		return "", channel.Refused(ledger.FaultNotJSON)
	}
	return r.BillURL, nil
}

// noStatement reads why there is none (the method's business error codes, and the gateway's common ones). One word, "bill
// does not exist", stands for a statement that is not made yet and for a day without trades: the time tells them apart.
func (r *reply) noStatement(x *channel.Exchange, day ledger.Day) error {
	code := plainCode(r.sub())
	switch {
	case strings.Contains(code, "BILLNOTEXIST"):
		return x.Nothing(day)
	case r.Code == "40006", strings.Contains(code, "ARGUMENT"), strings.Contains(code, "PARAM"), code == "ACCESSFORBIDDEN":
		return channel.ErrNoStatement // the day, or the right to it (40006: permissions)
	}
	return channel.Refused(cmp.Or(r.SubCode, r.Code))
}

// plainCode takes what its spellings differ in out of a code: letter case, hyphens and underscores.
func plainCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("_", "", "-", "").Replace(code))
}

// The records of a ZIP (APPNOTE 4.3.7, 4.3.16).
const (
	zipMember  = "PK\x03\x04"
	zipEnd     = "PK\x05\x06"
	zipEndSize = 22 // without its comment
)

// takeZIP keeps a whole ZIP, and refuses what does not begin and end like one.
func takeZIP(body io.Reader, keeper io.Writer) error {
	in := bufio.NewReaderSize(body, 64<<10)
	head, err := in.Peek(len(zipMember))
	if err != nil && err != io.EOF {
		return err
	}
	if string(head) != zipMember && string(head) != zipEnd {
		return channel.Refused(ledger.FaultNotJSON) // a web page, as a rule
	}
	var end tail
	if _, err := io.Copy(io.MultiWriter(keeper, &end), in); err != nil {
		return err
	}
	if !end.whole() {
		return channel.Refused(ledger.FaultCutOff)
	}
	return nil
}

// tail keeps the last bytes of what is written to it: enough for the end record with a short comment.
type tail struct{ last []byte }

const tailSize = 1 << 10

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if n > tailSize {
		p, t.last = p[n-tailSize:], t.last[:0]
	}
	if over := len(t.last) + len(p) - tailSize; over > 0 {
		t.last = append(t.last[:0], t.last[over:]...)
	}
	t.last = append(t.last, p...)
	return n, nil
}

// whole reports that the end record is there, and its comment reaches to the very end.
func (t *tail) whole() bool {
	for at := bytes.LastIndex(t.last, []byte(zipEnd)); at >= 0; at = bytes.LastIndex(t.last[:at], []byte(zipEnd)) {
		if record := t.last[at:]; len(record) >= zipEndSize && int(binary.LittleEndian.Uint16(record[zipEndSize-2:])) == len(record)-zipEndSize {
			return true
		}
	}
	return false
}
