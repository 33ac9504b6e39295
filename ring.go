package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// This file is how the counter calls for support.

// ringWithin bounds a call: somebody at the counter waits to read whether it was heard.
const ringWithin = 10 * time.Second

// errNoRing means that the configuration names nobody who could be called.
var errNoRing = errors.New("nobody is named who could be called: webhook or command under [support]")

// checkRing checks whom the counter can call.
func (c *SupportConfig) checkRing(add func(key, format string, args ...any)) {
	if c.Webhook == "" {
		return
	}
	at, err := url.Parse(c.Webhook)
	if err != nil || at.Host == "" || at.Scheme != "https" && !(at.Scheme == "http" && loopback(at.Hostname())) {
		add("support.webhook", "webhook: want an https address, or http on this machine") // it may have a secret in it
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ring calls whoever is named, in both ways at once; one of them is enough. An error has neither the webhook's path nor the command's
// arguments: they may hold secrets.
func (c *SupportConfig) ring(ctx context.Context, till, text string) error {
	ctx, cancel := context.WithTimeout(ctx, ringWithin)
	defer cancel()
	var ways []func() error
	if c.Webhook != "" {
		ways = append(ways, func() error { return c.post(ctx, till, text) })
	}
	if len(c.Command) > 0 {
		ways = append(ways, func() error { return c.page(ctx, text) })
	}
	if len(ways) == 0 {
		return errNoRing
	}
	errs := make([]error, len(ways))
	var all sync.WaitGroup
	for i, way := range ways {
		all.Go(func() { errs[i] = way() })
	}
	all.Wait()
	if slices.Contains(errs, nil) {
		return nil
	}
	return errors.Join(errs...)
}

// page runs the command.
func (c *SupportConfig) page(ctx context.Context, text string) error {
	cmd := exec.CommandContext(ctx, c.Command[0], c.Command[1:]...)
	cmd.Stdin, cmd.WaitDelay = strings.NewReader(text+"\n"), time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the command: %w", withoutPath(err))
	}
	return nil
}

// withoutPath is the cause of an error of a command.
func withoutPath(err error) error {
	var unknown *exec.Error
	var failed *fs.PathError
	switch {
	case errors.As(err, &unknown):
		return unknown.Err
	case errors.As(err, &failed):
		return failed.Err
	}
	return err
}

func (c *SupportConfig) post(ctx context.Context, till, text string) error {
	body, err := json.Marshal(map[string]string{"till": till, "text": text})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Webhook, bytes.NewReader(body))
	if err != nil {
		return errors.New("the webhook: no request can be made of its address")
	}
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	var failed *url.Error
	if errors.As(err, &failed) {
		return fmt.Errorf("the webhook: %w", failed.Err)
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook: it answers %d", answer.StatusCode)
	}
	return nil
}
