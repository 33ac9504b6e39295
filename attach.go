package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"guitai/assets"
	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ui/console"
	"guitai/ui/remote"
)

// attachCannot is the exit code where the till has given none: it was not reached, or the line was cut.
const attachCannot = 2

const attachUsage = `guitai attach [--key FILE] [--config FILE] [--data-dir DIR]    the open till's screen, in a second terminal; q leaves
guitai attach [--key FILE] [--config FILE] [--data-dir DIR] COMMAND    what the open till answers: doctor, verify, bundle, version, help
    --key FILE: come in as whoever the configuration names with this key and from = ["socket"]; a supervisor may ask for day and
    statement show, too. Without it: as support, with the rights of this machine's user
    exit: what the till gives; 2: it was not reached, or the line was cut
`

// attachment is one call of guitai attach.
type attachment struct {
	cfg    Config
	dir    string   // of the data
	key    string   // the file of somebody's own key; empty: this start's
	words  []string // the command; none: the screen
	stderr io.Writer
}

// attach joins the open till by its socket, until the till or the visitor ends it, and gives the exit code.
func attach(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGQUIT) // the runtime would end the program with the terminal as it is
	defer stop()
	a, err := parseAttach(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, attachUsage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai attach: %v\n", err)
		return attachCannot
	}
	client, err := a.enter(ctx)
	if err != nil {
		fmt.Fprintln(stderr, "guitai attach:", err)
		return attachCannot
	}
	defer client.Close()
	visit, dead := context.WithCancelCause(ctx)
	defer dead(nil)
	go watchLine(visit, client, lineEvery, dead)
	if len(a.words) > 0 {
		err = a.command(visit, client, stdout)
	} else {
		err = a.screen(visit, client)
	}
	var exit *ssh.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitStatus()
	case ctx.Err() != nil:
		err = errors.New("ended by a signal")
	}
	fmt.Fprintln(stderr, "guitai attach:", err)
	return attachCannot
}

func parseAttach(args []string, stderr io.Writer) (a attachment, err error) {
	var o options
	flags := flag.NewFlagSet("guitai attach", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller says what is wrong, once
	flags.StringVar(&o.config, "config", "", "")
	flags.StringVar(&o.dataDir, "data-dir", "", "")
	flags.StringVar(&a.key, "key", "", "")
	if err := flags.Parse(args); err != nil {
		if err = console.FlagFault(flags, args, err); !errors.Is(err, flag.ErrHelp) {
			err = fmt.Errorf("%w\n%s", err, strings.TrimSuffix(attachUsage, "\n"))
		}
		return a, err
	}
	a.words, a.stderr = flags.Args(), stderr
	for _, word := range a.words {
		if word == "" || strings.ContainsAny(word, " \t\r\n") {
			return a, fmt.Errorf("%q: a word of a command has no blanks here", word)
		}
	}
	if len(a.words) == 1 && a.words[0] == "bundle" && term.IsTerminal(os.Stdout.Fd()) {
		return a, errors.New("a bundle is no text for a terminal: guitai attach bundle > FILE.age")
	}
	if len(a.words) == 0 && (!term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd())) {
		return a, errors.New("the till's screen needs a terminal; a command such as guitai attach doctor needs none")
	}
	if a.cfg, err = configure(o); err != nil {
		return a, err
	}
	a.dir, err = a.cfg.dataDir()
	return a, err
}

// socket gives the path of the open till's socket, or one sentence why there is none.
func (a *attachment) socket() (string, error) {
	path, err := remote.SocketPath(a.dir)
	if err != nil {
		return "", err
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", a.noSocket()
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("%s belongs to another user, and so does the till: run this as the till's user", a.dir)
	case err != nil:
		return "", fmt.Errorf("looking for the till's door: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return "", fmt.Errorf("%s is not a socket, so it is not the till's door", path)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Getuid() {
		name := systemUser(int(owner.Uid))
		return "", fmt.Errorf("the till's socket belongs to another user: run this as %s (sudo -u %s guitai attach …)", name, name)
	}
	return path, nil
}

// noSocket tells an open till without a door from none at all.
func (a *attachment) noSocket() error {
	none := fmt.Errorf("no till is open here (%s): open it with guitai, or name another with --config or --data-dir", a.dir)
	release, err := disk.Share(a.dir)
	switch {
	case err == nil:
		return errors.Join(none, release())
	case ledger.ReasonOf(err) == ledger.ReasonDiskInUse:
		return fmt.Errorf("%w, and has no door: set [remote] socket = true and open the till again", console.Cause(err))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s belongs to another user, and so does the till: run this as the till's user", a.dir)
	}
	return none
}

// enterIn is how long a till may take to let somebody in: its own limit for a login.
const enterIn = 10 * time.Second

// enter comes in.
func (a *attachment) enter(ctx context.Context) (*ssh.Client, error) {
	path, err := a.socket()
	if err != nil {
		return nil, err
	}
	about, err := a.login()
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist):
		return nil, a.noSocket() // it was left by a till that was killed
	case err != nil:
		return nil, fmt.Errorf("the till's door: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	_ = conn.SetDeadline(time.Now().Add(enterIn))
	client, err := a.handshake(conn, about)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return client, conn.SetDeadline(time.Time{})
}

// ahead is a connection whose first bytes were looked at.
type ahead struct {
	net.Conn
	bytes *bufio.Reader
}

func (a ahead) Read(p []byte) (int, error) { return a.bytes.Read(p) }

// handshake: the till speaks first. What it says in the place of SSH's version is why it does not let anybody in.
func (a *attachment) handshake(conn net.Conn, about *ssh.ClientConfig) (*ssh.Client, error) {
	line := ahead{conn, bufio.NewReader(conn)}
	if head, err := line.bytes.Peek(len("SSH-")); err != nil || string(head) != "SSH-" {
		text, _ := line.bytes.ReadString('\n')
		return nil, a.declined(text, err)
	}
	c, channels, requests, err := ssh.NewClientConn(line, "socket", about)
	switch {
	case errors.Is(err, errOtherTill) || errors.Is(err, os.ErrDeadlineExceeded):
		return nil, a.declined("", err)
	case err != nil && a.key != "":
		return nil, fmt.Errorf("the till knows nobody with the key in %s who may come by the socket: name it with from = [\"socket\"] below [[remote.person]]", a.key)
	case err != nil:
		return nil, fmt.Errorf("the till did not let this machine's user in; it says why in its log (%w)", err)
	}
	return ssh.NewClient(c, channels, requests), nil
}

var errOtherTill = errors.New("what answers at the socket has not the key of this till, and is told nothing")

func (a *attachment) declined(said string, err error) error {
	var locked *remote.LockedError
	switch why := remote.Declined(said); {
	case errors.As(why, &locked):
		locked.Until = locked.Until.In(a.cfg.zone())
		return locked
	case why != nil:
		return why
	case errors.Is(err, errOtherTill):
		return errOtherTill
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the till does not answer within %v", enterIn)
	}
	return errors.New("the till has closed its door; is it just closing?")
}

// login is who comes in, and which till it has to be.
func (a *attachment) login() (*ssh.ClientConfig, error) {
	keys, err := a.cfg.staffKeys()
	if err != nil {
		return nil, err
	}
	known, err := remote.Fingerprint(keys.dir)
	if err != nil {
		return nil, fmt.Errorf("the till cannot be told from another: %w", err)
	}
	path := a.key
	if path == "" {
		path = filepath.Join(keys.dir, attachKeyName(a.dir))
	}
	key, err := a.signer(path)
	if err != nil {
		return nil, err
	}
	return &ssh.ClientConfig{
		User: "attach", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, ClientVersion: "SSH-2.0-Guitai", HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback: func(_ string, _ net.Addr, host ssh.PublicKey) error {
			if ssh.FingerprintSHA256(host) != known {
				return errOtherTill
			}
			return nil
		},
	}, nil
}

// signer reads a private key. Nothing of it is ever in an error.
func (a *attachment) signer(path string) (ssh.Signer, error) {
	text, err := readOwn(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && a.key == "":
		return nil, errors.New("the open till has made no key for this: it is an older version, or its log says why")
	case err != nil:
		return nil, fmt.Errorf("the key to come in with: %w", err)
	}
	defer clear(text)
	key, err := ssh.ParsePrivateKey(text)
	var sealed *ssh.PassphraseMissingError
	if errors.As(err, &sealed) && term.IsTerminal(os.Stdin.Fd()) {
		fmt.Fprintf(a.stderr, "passphrase of %s: ", path)
		var pass []byte
		if pass, err = term.ReadPassword(os.Stdin.Fd()); err == nil {
			key, err = ssh.ParsePrivateKeyWithPassphrase(text, pass)
		}
		clear(pass)
		fmt.Fprintln(a.stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("the key in %s cannot be read; is it a private key, and the passphrase right?", path)
	}
	return key, nil
}

// lineEvery is how often the line is tried, and how long the till has to answer.
const lineEvery = 15 * time.Second

var errLine = errors.New("the line to the till is cut: it was closed, or does not answer")

// watchLine ends a visit to a till that has stopped: no key would leave it.
func watchLine(ctx context.Context, client *ssh.Client, every time.Duration, dead context.CancelCauseFunc) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		late := time.AfterFunc(every, func() { dead(errLine) })
		_, _, err := client.SendRequest("keepalive@openssh.com", true, nil)
		late.Stop()
		if err != nil {
			return // whoever waits for the session hears of it
		}
	}
}

// command has the till answer one command.
func (a *attachment) command(ctx context.Context, client *ssh.Client, stdout io.Writer) error {
	s, err := client.NewSession()
	if err != nil {
		return errLine
	}
	s.Stdout, s.Stderr = stdout, a.stderr
	if err := s.Start(strings.Join(a.words, " ")); err != nil {
		return a.refused(client)
	}
	return wait(ctx, client, s)
}

// refused says why a command was: the till itself gives no reason.
func (a *attachment) refused(client *ssh.Client) error {
	if _, _, err := client.SendRequest("keepalive@openssh.com", true, nil); err != nil {
		return errLine
	}
	asked := strings.Join(a.words[:min(2, len(a.words))], " ")
	if a.key == "" && (a.words[0] == "day" || strings.HasPrefix(asked, "statement show")) {
		return fmt.Errorf("%s is a supervisor's to see: come in with --key and a key that the configuration names with from = [\"socket\"]", asked)
	}
	return fmt.Errorf("the till does not answer %s to this visitor: ask for %s; a supervisor also for %s", asked,
		strings.Join(guestCommands, ", "), strings.Join(supervisorCommands, ", "))
}

// wait waits for the end of what runs; when ctx ends first, the line is closed and its cause is the error.
func wait(ctx context.Context, client *ssh.Client, s *ssh.Session) error {
	done := make(chan error, 1)
	go func() { done <- s.Wait() }()
	select {
	case err := <-done:
		var exit *ssh.ExitError
		if err != nil && !errors.As(err, &exit) {
			return errLine
		}
		return err
	case <-ctx.Done():
		client.Close()
		select {
		case <-done: // nothing more is drawn
		case <-time.After(time.Second): // a terminal that takes nothing
		}
		return context.Cause(ctx)
	}
}

// lookIn offers what can be done about a data folder that another till has open; empty for any other error.
func lookIn(words *assets.Phrases, cfg Config, o options, err error) string {
	if ledger.ReasonOf(err) != ledger.ReasonDiskInUse || o.training {
		return ""
	}
	command := []string{"guitai", "attach"}
	if o.config != "" {
		command = append(command, "--config", o.config)
	}
	if o.dataDir != "" {
		command = append(command, "--data-dir", o.dataDir)
	}
	dir, err := cfg.dataDir()
	if err == nil {
		var info fs.FileInfo
		if info, err = os.Lstat(filepath.Join(dir, remote.SocketName)); err == nil && info.Mode().Type() == fs.ModeSocket {
			return "; " + assets.Fill(words.Attach.LooksIn, "command", strings.Join(command, " "))
		}
	}
	return "; " + words.Attach.NoDoor
}
