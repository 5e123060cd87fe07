package proctoru_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// variantTest is a few calls, and what comes of them under each alternative.
type variantTest struct {
	play func(w *world) string
	want map[string]string
}

// peerVariantTests are about what other people's clients told, or left open.
var peerVariantTests = map[string]variantTest{
	proctorutest.VariantTakeItNow: {func(w *world) string {
		params := firstOfSeptember
		params.TakeItNow = true
		slots, err := w.client.Slots.List(w.Context(), params)
		return fmt.Sprintf("%s, some: %v", said(err), len(slots) > 0)
	}, map[string]string{"all-slots": "ok, some: true", "next-hours": "ok, some: false"}},
	proctorutest.VariantEditKey: {editUnder("another"), map[string]string{"number-alone": "ok, same number", "both": "not found, not done"}},
	proctorutest.VariantEditID:  {editUnder(tuesdayTwoInParis.ID), same("ok, same number", "new", "kept")},
	proctorutest.VariantExamDates: {func(w *world) string {
		_, err := w.client.Do(w.Context(), proctoru.Operation{Wire: "editTermExam", Class: proctorbook.Write, Params: map[string][]string{
			"exam_id": {"exam-9"}, "term_id": {"t-1"}, "term_name": {"Autumn"}, "description": {"Logic"}, "duration": {"60"}, "password": {"secret"},
		}})
		return said(err)
	}, map[string]string{"optional": "ok", "required": "words, unknown"}},
	proctorutest.VariantExamSlots: {func(w *world) string {
		params := firstOfSeptember
		params.StudentID, params.ExamID = ada.ID, "exam-1"
		slots, err := w.client.Slots.List(w.Context(), params)
		_, err2 := w.client.Do(w.Context(), proctoru.Operation{Wire: "getScheduleInfoAvailableTimesList", Params: map[string][]string{
			"student_id": {ada.ID}, "exam_id": {"exam-1"}, "start_date": {"2026-09-01"}, "takeitnow": {"N"},
		}})
		return fmt.Sprintf("%s, some: %v; without a zone %s", said(err), len(slots) > 0, said(err2))
	}, map[string]string{
		"learners-zone": "ok, some: true; without a zone ok", "utc-day": "ok, some: true; without a zone ok", "refused": "ok, some: true; without a zone words",
	}},
	proctorutest.VariantSlotsWithoutExam: {func(w *world) string { // the client sends no such call by itself
		_, err := w.client.Do(w.Context(), proctoru.Operation{Wire: "getScheduleInfoAvailableTimesList", Params: map[string][]string{
			"isadhoc": {"N"}, "student_id": {ada.ID}, "start_date": {"2026-09-01"}, "time_zone_id": {"UTC"}, "duration": {"60"},
		}})
		return said(err)
	}, map[string]string{"required": "words", "exam-not-found": "words, not done", "ad-hoc": "ok"}},
	proctorutest.VariantDateAlone: {bookListCancel, same("ok; 1 listed; ok", "in-zone", "utc")}, // the client sends instants
	proctorutest.VariantBlankValues: {func(w *world) string {
		_, err := w.client.Do(w.Context(), proctoru.Operation{Wire: "editStudent", Class: proctorbook.Write, Params: map[string][]string{
			"student_id": {ada.ID}, "first_name": {""}, "time_zone_id": {""},
		}})
		profile, err2 := w.client.Students.Get(w.Context(), ada.ID)
		return said(err) + "; " + said(err2) + " " + first(profile).FirstName
	}, map[string]string{"keep": "ok; ok " + ada.FirstName, "erase": "ok; ok "}},
	proctorutest.VariantZoneDescription: {func(w *world) string {
		zones, err := w.client.TimeZones.List(w.Context())
		return fmt.Sprintf("%s, some: %v", said(err), len(zones) > 0)
	}, same("ok, some: true", "windows-id", "iana")},
	proctorutest.VariantHistoryText: {func(w *world) string {
		number := w.booked().Number
		w.clock.Advance(time.Hour)
		must(w, 0, drop(w.client.Reservations.Cancel(w.Context(), proctoru.CancelReservationParams{StudentID: ada.ID, Number: number})))
		rows, err := collect(w.client.Reports.Activity(w.Context(), proctoru.ActivityParams{StudentID: ada.ID}))
		if len(rows) != 1 {
			return said(err)
		}
		if !rows[0].Canceled() {
			return "not canceled"
		}
		var entries []string
		for _, e := range rows[0].Events {
			entries = append(entries, fmt.Sprint(e.What, ": ", !e.At.IsZero()))
		}
		return fmt.Sprintf("canceled; %s", strings.Join(entries, ", "))
	}, map[string]string{
		"cancelled-created-by": "canceled; Reservation cancelled: true, Fulfillment created: true, Reservation created: true",
		"first-without-time":   "canceled; Reservation cancelled: false, Fulfillment created: true, Reservation created: true",
		"oldest-first":         "canceled; Fulfillment created: false, Reservation cancelled: true",
		"cancelled-by":         "canceled; Reservation cancelled: true, Fulfillment created: true, Reservation created: true",
	}},
	proctorutest.VariantEndpointCase: {bookListCancel, same("ok; 1 listed; ok", "any", "exact")},
	proctorutest.VariantDepartmentList: {func(w *world) string {
		w.fake.AddDepartment(100000001, "Science")
		_, err := w.client.Exams.Departments(w.Context())
		return said(err)
	}, map[string]string{"data": "ok", "bare-array": "ok"}},
}

// editUnder moves a reservation by the edit, under the id.
func editUnder(id string) func(*world) string {
	return func(w *world) string {
		old := w.booked().Number
		params := proctoru.UpdateReservationParams{CreateReservationParams: tuesdayTwoInParis, Number: old}
		params.ID, params.Start = id, params.Start.Add(3*time.Hour)
		r, err := w.client.Reservations.Update(w.Context(), params)
		return said(err) + renumbered(old, r)
	}
}
