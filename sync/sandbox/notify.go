package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

const (
	maxCopies     = 100
	noticeTimeout = 5 * time.Second // WeChat Pay v3, notices
)

// delivery is what came of one copy of a notice.
type delivery struct {
	Status int    `json:"status,omitempty"`
	Body   string `json:"body,omitempty"` // its beginning
	Error  string `json:"error,omitempty"`
}

// controlNotify delivers a notice to an address on this machine, once or in several copies, each signed anew.
func (s *Server) controlNotify(w http.ResponseWriter, r *http.Request) {
	body := struct {
		Order  string `json:"order"`
		Refund string `json:"refund"` // a refund of the order; empty: its payment
		URL    string `json:"url"`
		Copies int    `json:"copies"`
	}{Copies: 1}
	err := readJSON(w, r, &body)
	switch {
	case err != nil:
	case !onThisMachine(body.URL):
		err = fmt.Errorf("url is %q: it must be http://127.0.0.1:PORT/…", body.URL)
	case body.Copies < 1 || body.Copies > maxCopies:
		err = fmt.Errorf("copies is %d: it must be 1 to %d", body.Copies, maxCopies)
	}
	if err != nil {
		writeProblem(w, http.StatusBadRequest, err)
		return
	}
	done := make([]delivery, 0, body.Copies)
	for range body.Copies {
		header, text, err := s.Notice(body.Order, body.Refund)
		if err != nil {
			writeProblem(w, noticeStatus(err), err)
			return
		}
		done = append(done, deliverNotice(r.Context(), body.URL, header, text))
	}
	writeJSON(w, http.StatusOK, map[string]any{"deliveries": done})
}

func noticeStatus(err error) int {
	switch {
	case errors.Is(err, errNotExist), errors.Is(err, errNoRefund):
		return http.StatusNotFound
	case isRefusal(err):
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.Unmap().IsLoopback()
}

func deliverNotice(ctx context.Context, address string, header http.Header, body []byte) delivery {
	ctx, cancel := context.WithTimeout(ctx, noticeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return delivery{Error: err.Error()}
	}
	request.Header = header
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // no proxy: the address is this machine's
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return delivery{Error: err.Error()}
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 200)) // what was read is told
	return delivery{Status: response.StatusCode, Body: string(text)}
}
