package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// routeControl serves the simulator's own interface: plain JSON, no signatures, loopback only by Command.
func (s *Server) routeControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/orders", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Orders())
	})
	mux.HandleFunc("POST /sandbox/faults", s.controlFaults)
	mux.HandleFunc("POST /sandbox/bills", s.controlBills)
	mux.HandleFunc("POST /sandbox/scan", s.controlScan)
	mux.HandleFunc("POST /sandbox/notify", s.controlNotify)
}

// controlFaults arms one fault, or clears all.
func (s *Server) controlFaults(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Fault
		Clear bool `json:"clear"`
	}
	if err := readJSON(w, r, &body); err != nil {
		writeProblem(w, http.StatusBadRequest, err)
		return
	}
	if body.Clear {
		s.ClearFaults()
		writeJSON(w, http.StatusOK, map[string]string{"faults": "cleared"})
		return
	}
	if err := s.Fault(body.Fault); err != nil {
		writeProblem(w, http.StatusBadRequest, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"faults": "armed"})
}

// controlBills arms one defect of bills, or clears all.
func (s *Server) controlBills(w http.ResponseWriter, r *http.Request) {
	var body struct {
		BillDefect
		Clear bool `json:"clear"`
	}
	if err := readJSON(w, r, &body); err != nil {
		writeProblem(w, http.StatusBadRequest, err)
		return
	}
	if body.Clear {
		s.ClearBillDefects()
		writeJSON(w, http.StatusOK, map[string]string{"defects": "cleared"})
		return
	}
	if err := s.BillDefect(body.BillDefect); err != nil {
		writeProblem(w, http.StatusBadRequest, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"defects": "armed"})
}

// controlScan is a customer who scans a QR payload; the answer is the order afterwards.
func (s *Server) controlScan(w http.ResponseWriter, r *http.Request) {
	var body struct {
		QR        string `json:"qr"`
		Behaviour int    `json:"behaviour"`
	}
	if err := readJSON(w, r, &body); err != nil {
		writeProblem(w, http.StatusBadRequest, err)
		return
	}
	o, err := s.Scan(body.QR, body.Behaviour)
	switch {
	case errors.Is(err, errNotExist):
		writeProblem(w, http.StatusNotFound, errors.New("no order has this QR payload"))
	case isRefusal(err):
		writeProblem(w, http.StatusConflict, err)
	case err != nil:
		writeProblem(w, http.StatusBadRequest, err)
	default:
		writeJSON(w, http.StatusOK, o)
	}
}

func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, requestLimit))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("the body is not what is expected here: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the body goes on after its JSON object")
	}
	return nil
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a client that has gone misses it
}

func writeProblem(w http.ResponseWriter, status int, err error) {
	writeJSON(w, status, map[string]string{"error": err.Error()})
}
