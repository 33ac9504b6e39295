package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestHostileTrainingBesideTheRealTill: training begun with the shop's own configuration (guitai --training --config till.toml) has nobody to sign
// in. What stands on the counter is the real till's, as notices and the ledger's places are: its printer's drawer must not open for a training
// sale, its voice must not say that money came, and its display and page must not be taken.
func TestHostileTrainingBesideTheRealTill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "till.toml")
	text := "mode = \"training\"\n[printer]\nto = \"tcp:127.0.0.1\"\ndrawer = \"1\"\n[voice]\non = true\n[pole]\nserial = \"/dev/ttyS9\"\nkind = \"led8\"\n[page]\nlisten = \"127.0.0.1:8090\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := configure(options{config: path, training: true})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Printer.To != "" || cfg.Voice.On || cfg.Pole.Serial != "" || cfg.Page.Listen != "" {
		t.Errorf("training has the counter of the till that sells: %+v %+v %+v %+v", cfg.Printer, cfg.Voice, cfg.Pole, cfg.Page)
	}
}
