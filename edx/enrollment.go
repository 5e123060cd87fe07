package edx

import (
	"strings"
	"time"
)

// Enrollment is the row that ties a learner to a course. The platform never
// deletes one: who has left the course has an enrollment that is not Active.
type Enrollment struct {
	Username string
	Mode     Mode
	Active   bool           // false if the learner has been unenrolled
	Created  time.Time      // of the enrollment, UTC
	Course   *CourseDetails // nil if the course has been deleted
}

// EnrollmentRow is an enrollment as [EnrollmentsService.List] shows it.
type EnrollmentRow struct {
	Username string
	Course   CourseKey
	Mode     Mode
	Active   bool      // false if the learner has been unenrolled
	Created  time.Time // UTC
}

// CourseDetails is a course as the enrollment API knows it. A time that is not
// set is the zero time; all are UTC.
type CourseDetails struct {
	Key             CourseKey
	Name            string // plain text
	Start, End      time.Time
	EnrollmentStart time.Time
	EnrollmentEnd   time.Time
	InviteOnly      bool
	Pacing          Pacing // "" in old releases
	Modes           []CourseMode
}

type enrollmentWire struct {
	User     textValue          `json:"user"`
	Mode     textValue          `json:"mode"`
	IsActive *flagValue         `json:"is_active"`
	Created  timeValue          `json:"created"`
	Course   *courseDetailsWire `json:"course_details"`
}

type enrollmentRowWire struct {
	User     textValue  `json:"user"`
	Course   CourseKey  `json:"course_id"`
	Mode     textValue  `json:"mode"`
	IsActive *flagValue `json:"is_active"`
	Created  timeValue  `json:"created"`
}

type courseDetailsWire struct {
	ID              CourseKey        `json:"course_id"`
	Name            textValue        `json:"course_name"`
	Start           timeValue        `json:"course_start"`
	End             timeValue        `json:"course_end"`
	EnrollmentStart timeValue        `json:"enrollment_start"`
	EnrollmentEnd   timeValue        `json:"enrollment_end"`
	InviteOnly      flagValue        `json:"invite_only"`
	Pacing          textValue        `json:"pacing_type"`
	Modes           []courseModeWire `json:"course_modes"`
}

type courseModeWire struct {
	Slug        textValue `json:"slug"`
	Name        textValue `json:"name"`
	MinPrice    textValue `json:"min_price"`
	Suggested   textValue `json:"suggested_prices"` // "10,20", though meant as a list
	Currency    textValue `json:"currency"`
	Expires     timeValue `json:"expiration_datetime"`
	Description textValue `json:"description"`
	SKU         textValue `json:"sku"`
	BulkSKU     textValue `json:"bulk_sku"`
}

func (w enrollmentWire) missing() string {
	switch {
	case w.Mode == "":
		return "mode"
	case w.IsActive == nil:
		return "is_active"
	}
	return ""
}

func (w enrollmentWire) enrollment() Enrollment {
	e := Enrollment{Username: string(w.User), Mode: Mode(w.Mode), Active: bool(*w.IsActive), Created: w.Created.Time}
	if w.Course != nil {
		e.Course = w.Course.details()
	}
	return e
}

func (w enrollmentRowWire) missing() string {
	switch {
	case w.User == "":
		return "user"
	case w.Course.IsZero():
		return "course_id"
	}
	return enrollmentWire{Mode: w.Mode, IsActive: w.IsActive}.missing()
}

func (w enrollmentRowWire) row() EnrollmentRow {
	return EnrollmentRow{
		Username: string(w.User), Course: w.Course, Mode: Mode(w.Mode), Active: bool(*w.IsActive), Created: w.Created.Time,
	}
}

func (w courseDetailsWire) missing() string {
	if w.ID.IsZero() {
		return "course_id"
	}
	return ""
}

func (w courseDetailsWire) details() *CourseDetails {
	return &CourseDetails{
		Key: w.ID, Name: string(w.Name), Start: w.Start.Time, End: w.End.Time,
		EnrollmentStart: w.EnrollmentStart.Time, EnrollmentEnd: w.EnrollmentEnd.Time,
		InviteOnly: bool(w.InviteOnly), Pacing: pacingOf(w.Pacing), Modes: convert(w.Modes, courseModeWire.mode),
	}
}

func (w courseModeWire) mode() CourseMode {
	m := CourseMode{
		Mode: Mode(w.Slug), Name: string(w.Name), MinPrice: string(w.MinPrice),
		Currency: string(w.Currency), Expires: w.Expires.Time,
		Description: string(w.Description), SKU: string(w.SKU), BulkSKU: string(w.BulkSKU),
	}
	for price := range strings.SplitSeq(string(w.Suggested), ",") {
		if price = strings.TrimSpace(price); price != "" {
			m.SuggestedPrices = append(m.SuggestedPrices, price)
		}
	}
	return m
}
