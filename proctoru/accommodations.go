package proctoru

import (
	"context"
	"encoding/json"

	"github.com/proctorbook/proctorbook"
)

// Accommodation is a kind of support that the institution can grant, such as extra time.
type Accommodation struct {
	ID          string
	Description string
	Raw         RawJSON
}

type accommodationWire struct {
	ID          text `json:"id"`
	Description text `json:"description"`
}

func (w accommodationWire) accommodation(raw RawJSON) (Accommodation, error) {
	if w.ID == "" {
		return Accommodation{}, ErrBadData
	}
	return Accommodation{ID: string(w.ID), Description: string(w.Description), Raw: raw}, nil
}

// readAccommodations finds the list in the answer itself, or under its data.
func readAccommodations(answer []byte) ([]Accommodation, error) {
	var w struct {
		All  json.RawMessage `json:"accommodations"`
		Data json.RawMessage `json:"data"`
	}
	if !isObject(answer) || json.Unmarshal(answer, &w) != nil {
		return nil, ErrBadData
	}
	if w.All == nil && isObject(w.Data) {
		if err := json.Unmarshal(w.Data, &w); err != nil {
			return nil, ErrBadData
		}
	}
	if w.All == nil {
		return nil, ErrBadData
	}
	return list(w.All, accommodationWire.accommodation)
}

var opStudentsAccommodations = operation{
	name: "Students.Accommodations", method: "GET", path: "/accommodations", class: proctorbook.Read, stamp: stampField, shape: bare,
}

// Accommodations returns the kinds of support that the institution has set up. The
// provider has announced, but not documented, how to grant one to a learner.
//
// Endpoint: GET /accommodations.
func (s *StudentsService) Accommodations(ctx context.Context) ([]Accommodation, error) {
	return call(ctx, s.client, opStudentsAccommodations, struct{}{}, readAccommodations)
}
