package main

import (
	"os/exec"
	"testing"
)

// TestModel has Spin walk through every state of one sale, and has it catch each faulty till; testdata/model/sale.pml says
// what that proves. Whoever changes the states of an attempt changes the model with them.
func TestModel(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the model takes many seconds")
	}
	for _, tool := range []string{"bash", "spin", "gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the model was not checked, %s is missing (apt-get install -y spin gcc libc6-dev): %v", tool, err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "bash", "testdata/model/check").CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("testdata/model/check: %v", err)
	}
}
