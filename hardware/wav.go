package hardware

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// What a clip may be. The rates are those that sound cards take without a converter that clicks.
const (
	minRate, maxRate = 8000, 48_000
	maxClipSeconds   = 15
	maxClipBytes     = maxClipSeconds*maxRate*2 + 1<<16 // and room for what editors write beside the sound
)

const (
	wavPCM        = 1
	wavExtensible = 0xFFFE
)

// parseWAV reads a recording: 16-bit PCM with one channel. Every other format is refused by name, and so is a file that
// has less in it than it says.
func parseWAV(b []byte) (rate int, samples []int16, err error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return 0, nil, errors.New("not a WAV file")
	}
	for rest := b[12:]; ; {
		if len(rest) < 8 {
			return 0, nil, errors.New("a WAV file without sound in it")
		}
		name, size, body := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:])), rest[8:]
		if size > uint64(len(body)) {
			return 0, nil, fmt.Errorf("cut short: its part %q should have %d bytes and has %d", name, size, len(body))
		}
		switch name {
		case "fmt ":
			if rate, err = parseFormat(body[:size]); err != nil {
				return 0, nil, err
			}
		case "data":
			samples, err = parseSamples(rate, body[:size])
			return rate, samples, err
		}
		rest = body[min(size+size%2, uint64(len(body))):] // parts begin at even places
	}
}

func parseFormat(b []byte) (rate int, err error) {
	if len(b) < 16 {
		return 0, errors.New("its format is cut short")
	}
	le := binary.LittleEndian
	format, channels, hz, bits := le.Uint16(b), le.Uint16(b[2:]), le.Uint32(b[4:]), le.Uint16(b[14:])
	if format == wavExtensible && len(b) >= 26 {
		format = le.Uint16(b[24:]) // the first two bytes of the sub-format name it in the old way
	}
	switch {
	case format != wavPCM:
		return 0, fmt.Errorf("%s, which is not played: save it as 16-bit PCM", formatName(format))
	case bits != 16:
		return 0, fmt.Errorf("%d bits per sample: save it with 16", bits)
	case channels != 1:
		return 0, fmt.Errorf("%d channels: save it in mono", channels)
	case hz < minRate || hz > maxRate:
		return 0, fmt.Errorf("%d samples a second: allowed are %d to %d", hz, minRate, maxRate)
	}
	return int(hz), nil
}

func formatName(format uint16) string {
	name := map[uint16]string{2: "ADPCM", 3: "floating point", 6: "A-law", 7: "µ-law", 0x11: "IMA ADPCM", 0x55: "MP3"}[format]
	if name == "" {
		return fmt.Sprintf("format %#x", format)
	}
	return name
}

func parseSamples(rate int, b []byte) ([]int16, error) {
	switch {
	case rate == 0:
		return nil, errors.New("a WAV file with sound before its format")
	case len(b) < 2:
		return nil, errors.New("a WAV file without sound in it")
	case len(b)%2 != 0:
		return nil, errors.New("cut short: half a sample at its end")
	case len(b)/2 > maxClipSeconds*rate:
		return nil, fmt.Errorf("longer than %d s", maxClipSeconds)
	}
	samples := make([]int16, len(b)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return samples, nil
}

// formatWAV is the file with these samples: 16-bit PCM, mono.
func formatWAV(rate int, samples []int16) []byte {
	const head = 44
	le := binary.LittleEndian
	b := make([]byte, 0, head+2*len(samples))
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(head-8+2*len(samples)))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, wavPCM)
	b = le.AppendUint16(b, 1)              // channels
	b = le.AppendUint32(b, uint32(rate))   // samples a second
	b = le.AppendUint32(b, uint32(2*rate)) // bytes a second
	b = le.AppendUint16(b, 2)              // bytes of a sample
	b = le.AppendUint16(b, 16)             // bits of a sample
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(2*len(samples)))
	for _, s := range samples {
		b = le.AppendUint16(b, uint16(s))
	}
	return b
}
