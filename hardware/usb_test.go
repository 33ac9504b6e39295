package hardware

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/hardware/hwtest"
)

// plant makes a sysfs with one USB device and its ports, as Linux lays it out.
func plant(t *testing.T, sys, bus, vendor, product, serial string, ports ...string) {
	t.Helper()
	device := filepath.Join(sys, "devices", "pci0", "usb1", bus)
	write := func(name, text string) {
		if text == "" {
			return
		}
		if err := os.WriteFile(filepath.Join(device, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, port := range ports {
		inner := filepath.Join(device, fmt.Sprintf("%s:1.%d", bus, 2*i))
		if strings.HasPrefix(port, "ttyUSB") { // a converter has a folder between
			inner = filepath.Join(inner, port)
		}
		tty := filepath.Join(inner, "tty", port)
		class := filepath.Join(sys, "class", "tty")
		for _, dir := range []string{tty, class} {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for link, to := range map[string]string{filepath.Join(tty, "device"): inner, filepath.Join(class, port): tty} {
			if err := os.Symlink(to, link); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("idVendor", vendor)
	write("idProduct", product)
	write("serial", serial)
}

func TestLocateByUSB(t *testing.T) {
	r := roots{sys: t.TempDir(), dev: "/dev"}
	if _, err := r.locate("usb:1eab:1a06"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in an empty system: %v", err)
	}
	plant(t, r.sys, "1-1", "1eab", "1a06", "A:1", "ttyACM10", "ttyACM2")
	plant(t, r.sys, "1-2", "05e0", "1701", "", "ttyUSB0")
	plant(t, r.sys, "1-3", "0c2e", "0b61", "B1", "ttyACM0")
	plant(t, r.sys, "1-4", "0c2e", "0b61", "B2", "ttyACM1")
	tests := []struct {
		name, want string
		err        error
	}{
		{"usb:1eab:1a06", "/dev/ttyACM2", nil},
		{"usb:1EAB:1A06", "/dev/ttyACM2", nil},
		{"usb:1eab:1a06:A:1", "/dev/ttyACM2", nil},
		{"usb:1eab:1a06:A:2", "", fs.ErrNotExist},
		{"usb:05e0:1701", "/dev/ttyUSB0", nil},
		{"usb:0c2e:0b61", "", errTwoAlike},
		{"usb:0c2e:0b61:B2", "/dev/ttyACM1", nil},
		{"usb:ffff:0001", "", fs.ErrNotExist},
		{"/dev/serial/by-id/x", "/dev/serial/by-id/x", nil},
	}
	for _, tt := range tests {
		if got, err := r.locate(tt.name); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %q, %v, want %q, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
	for _, wrong := range []string{"usb:", "usb:1eab", "usb:1eab:1a0", "usb:1eab:1a06:", "usb:1eag:1a06"} {
		if err := (Config{Serial: wrong}).Check(); err == nil || !strings.HasPrefix(err.Error(), "serial = ") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// TestScannerFoundByUSB comes and goes, and comes back as another port.
func TestScannerFoundByUSB(t *testing.T) {
	gun := hwtest.NewGun(t)
	r := roots{sys: t.TempDir(), dev: t.TempDir(), proc: "/proc"}
	s := NewScanner(Config{Serial: "usb:1eab:1a06"}, func(Frame) {}, func(Status) {})
	s.roots = r
	if _, err := s.open(); stateOf(err) != Absent {
		t.Fatalf("%v", err)
	}
	plant(t, r.sys, "1-1", "1eab", "1a06", "", "ttyACM3")
	if err := os.Symlink(gun.Path(), filepath.Join(r.dev, "ttyACM3")); err != nil {
		t.Fatal(err)
	}
	p, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	defer p.wake()
	if detail := s.openDetail(); !strings.Contains(detail, "ttyACM3") || !strings.Contains(detail, "usb:1eab:1a06") {
		t.Errorf("detail %q", detail)
	}
}

func TestHolderIsNamed(t *testing.T) {
	gun := hwtest.NewGun(t)
	device, err := filepath.EvalSymlinks(gun.Path())
	if err != nil {
		t.Fatal(err)
	}
	proc := t.TempDir()
	for process, comm := range map[string]string{"41": "other", "42": "mini\x1B[2Jcom", "self": "x", "43": "late"} {
		fd := filepath.Join(proc, process, "fd")
		if err := os.MkdirAll(fd, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(proc, process, "comm"), []byte(comm+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		to := "/dev/null"
		if process == "42" {
			to = device
		}
		if err := os.Symlink(to, filepath.Join(fd, "7")); err != nil {
			t.Fatal(err)
		}
	}
	if got := (roots{proc: proc}).holder(gun.Path()); got != "mini[2Jcom, process 42" {
		t.Errorf("held by %q", got)
	}
	if got := (roots{proc: t.TempDir()}).holder(gun.Path()); got != "" {
		t.Errorf("without processes held by %q", got)
	}
	s := NewScanner(Config{Serial: gun.Path()}, func(Frame) {}, func(Status) {})
	s.roots, s.path = roots{proc: proc}, gun.Path()
	if got := s.heldBy(); !strings.Contains(got, "process 42, has it") {
		t.Errorf("detail %q", got)
	}
}
