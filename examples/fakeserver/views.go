package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// What the control shows, in the style of the service's own JSON.

type counts struct {
	CreatesSeen      int                               `json:"creates_seen"`
	ReservationsMade int                               `json:"reservations_made"`
	Changes          int                               `json:"changes"`
	Removals         int                               `json:"removals"`
	Begins           int                               `json:"begins"`
	ActiveNow        int                               `json:"active_now"`
	MostActiveAtOnce int                               `json:"most_active_at_once"`
	Requests         map[string]int                    `json:"requests"`
	Faults           map[proctorbooktest.FaultKind]int `json:"faults"`
}

type row struct {
	Number      int64     `json:"reservation_no"`
	ID          string    `json:"reservation_id"`
	StudentID   string    `json:"student_id"`
	ExamID      string    `json:"exam_id"`
	Description string    `json:"description"`
	Start       time.Time `json:"start_date"`
	Minutes     int       `json:"duration"`
	Canceled    bool      `json:"canceled"`
	Active      bool      `json:"active"`
	Begun       bool      `json:"begun"`
	Ended       bool      `json:"ended"`
	Verdict     verdict   `json:"verdict"`
}

type verdict struct {
	Authenticated  bool `json:"authenticated"`
	TestSubmitted  bool `json:"submitted"`
	Escalated      bool `json:"escalated"`
	IncidentReport bool `json:"incident"`
}

func rows(states []proctorutest.Reservation) []row {
	rows := []row{}
	for _, s := range states {
		rows = append(rows, row{
			s.Number, s.ID, s.StudentID, s.ExamID, s.Description, s.Start, int(s.Duration / time.Minute),
			s.Canceled, s.Active, s.Begun, s.Ended, verdict(s.Verdict),
		})
	}
	return rows
}

func learner(fake *proctorutest.Server, p params) (any, error) {
	profile, known := fake.Learner(p.get("student_id"))
	if !known {
		return nil, errors.New("student_id: no such learner")
	}
	return profile, nil
}

type variant struct {
	Name         string   `json:"name"`
	Question     string   `json:"question"`
	Known        string   `json:"known,omitempty"`   // not told of Open edX
	Playing      string   `json:"playing,omitempty"` // not told by Open edX
	Default      string   `json:"default"`
	Alternatives []string `json:"alternatives"`
}

func variants(of []proctorbooktest.Variant, playing map[string]string) []variant {
	all := []variant{}
	for _, v := range of {
		all = append(all, variant{v.Name, v.Question, v.Known, playing[v.Name], v.Default, v.Alternatives})
	}
	return all
}

type delivery struct {
	EventID string      `json:"event_id"`
	Due     time.Time   `json:"due"`
	Header  http.Header `json:"header"`
	Body    string      `json:"body"`
}

func webhooks(fake *proctorutest.Server, p params) (any, error) {
	var kinds []proctorutest.WebhookKind
	for _, name := range p["kind"] {
		kind := proctorutest.WebhookKind(name)
		if !slices.Contains(proctorutest.WebhookKinds(), kind) {
			return nil, fmt.Errorf("kind: want some of %q, not %q", proctorutest.WebhookKinds(), name)
		}
		kinds = append(kinds, kind)
	}
	deliveries := []delivery{}
	for _, d := range fake.Webhooks(kinds...) {
		deliveries = append(deliveries, delivery{d.EventID, d.Due, d.Header, string(d.Body)})
	}
	return deliveries, nil
}
