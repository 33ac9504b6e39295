package hardware

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// usbName begins the name of a port by its USB device.
const usbName = "usb:"

// usbID names a USB device: vendor and product as four hexadecimal digits, and its serial number if it has one.
type usbID struct{ vendor, product, serial string }

// parseUSB reads "usb:VVVV:PPPP" or "usb:VVVV:PPPP:SERIAL".
func parseUSB(name string) (usbID, error) {
	parts := strings.SplitN(strings.TrimPrefix(name, usbName), ":", 3)
	hex4 := func(s string) bool { return len(s) == 4 && strings.Trim(strings.ToLower(s), "0123456789abcdef") == "" }
	if len(parts) < 2 || !hex4(parts[0]) || !hex4(parts[1]) || len(parts) == 3 && parts[2] == "" {
		return usbID{}, fmt.Errorf("serial = %q: a USB device is usb:VVVV:PPPP or usb:VVVV:PPPP:SERIAL, as lsusb shows it", name)
	}
	id := usbID{vendor: strings.ToLower(parts[0]), product: strings.ToLower(parts[1])}
	if len(parts) == 3 {
		id.serial = parts[2]
	}
	return id, nil
}

// roots are the folders in which devices are found; tests plant their own.
type roots struct{ sys, dev, proc string }

var systemRoots = roots{sys: "/sys", dev: "/dev", proc: "/proc"}

// errTwoAlike is given where a USB name fits several devices: one of them at random might be another till's.
var errTwoAlike = errors.New("several devices have this number: add the serial number")

// Locate gives the device file that Serial means now, also one that is named by its USB numbers. It opens nothing.
func (c Config) Locate() (path string, err error) { return systemRoots.locate(c.Serial) }

// locate gives the device file of a configured port: the path itself, or for a USB name the port whose device it fits. It reads
// sysfs and opens no port. A device that is not plugged in gives fs.ErrNotExist.
func (r roots) locate(name string) (path string, err error) {
	if !strings.HasPrefix(name, usbName) {
		return name, nil
	}
	id, err := parseUSB(name)
	if err != nil {
		return "", err
	}
	found := map[string][]string{} // ports by the device they belong to
	class := filepath.Join(r.sys, "class", "tty")
	entries, _ := os.ReadDir(class) // no such folder, no such device
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "ttyACM") && !strings.HasPrefix(e.Name(), "ttyUSB") {
			continue
		}
		if device, ok := id.of(filepath.Join(class, e.Name(), "device")); ok {
			found[device] = append(found[device], e.Name())
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	case 1:
		for _, ports := range found {
			slices.SortFunc(ports, func(a, b string) int { // ttyACM2 before ttyACM10: the first of a device's ports
				return cmp.Or(len(a)-len(b), strings.Compare(a, b))
			})
			return filepath.Join(r.dev, ports[0]), nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, errTwoAlike)
}

// of gives the folder of the USB device that a port's "device" link leads into, if the device is this one.
func (id usbID) of(link string) (device string, ok bool) {
	at, err := filepath.EvalSymlinks(link)
	if err != nil {
		return "", false // unplugged meanwhile
	}
	for range 6 { // interface, device; with a converter one more
		vendor := attribute(at, "idVendor")
		if vendor != "" {
			serial := attribute(at, "serial")
			return at, vendor == id.vendor && attribute(at, "idProduct") == id.product && (id.serial == "" || serial == id.serial)
		}
		at = filepath.Dir(at)
	}
	return "", false
}

func attribute(folder, name string) string {
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
