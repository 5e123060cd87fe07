package proctoru

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
	"github.com/proctorbook/proctorbook/internal/wirejson"
)

// A fuzz target stands for a family of decoders; the first byte of its input draws
// the operation. The corpora run as plain tests.

// seedBodies are all recorded answers, whole and cut, each with a first byte.
func seedBodies(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("testdata: %d files, %v", len(files), err)
	}
	for i, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), raw)
		f.Add(byte(i), raw[:len(raw)/2])
	}
	for i, s := range []string{
		``, `null`, `[]`, `{}`, `"x"`, `<html>`, `{"response_code":1,"data":null}`, `{"response_code":"1.0","data":[{}]}`,
		`{"response_code":2,"message":"OVERLAP : Error count 1 of 50 : Error count 1 of 50"}`, `{"response_code":1,"data":[null]}`,
		`[}`, `{"response_code":2,"message":" : Error count 99999999999999999999 of 1"}`, strings.Repeat(`[`, 70),
		`{"response_code":1,"data":[{"a":1},]}`, `{"response_code":1,"data":[{"a":01}]}`, `{"response_code":1,"data":[1,{}]}x`,
		`{"response_code":1,"data":"https://demo.proctoru.com/x"}`, `{"url":"https://demo.proctoru.com/x","reservation_uuid":"u"}`,
	} {
		f.Add(byte(i), []byte(s))
	}
}

func fuzzCore() *core { return &core{set: defaultSettings()} }

// fuzzed is an operation with what it reads, which returns nil or what is wrong
// with the value.
type fuzzed struct {
	op   operation
	read func(c *core, data []byte) (problem string, err error)
}

func reads[T any](read func(*core, []byte) (T, error), problem func(T) string) func(*core, []byte) (string, error) {
	return func(c *core, data []byte) (string, error) {
		v, err := read(c, data)
		if err != nil {
			return "", err
		}
		return problem(v), nil
	}
}

func without[T any](read func([]byte) (T, error)) func(*core, []byte) (T, error) {
	return func(_ *core, data []byte) (T, error) { return read(data) }
}

func anything[T any](T) string { return "" }

func badURL(u SecretURL) string {
	if !u.IsZero() && !strings.HasPrefix(strings.ToLower(u.Reveal()), "https://") {
		return "a URL that is not https"
	}
	return ""
}

// fuzzedID is the id of the recorded answers.
const fuzzedID = "c0ffee00-1111-4222-8333-444455556666"

func readsReservation(c *core, data []byte) (*Reservation, error) {
	return c.readReservation(fuzzedID)(data)
}

func badReservation(r *Reservation) string {
	if r.ID != "" && strings.TrimSpace(r.ID) != fuzzedID {
		return "another reservation than was sent"
	}
	if r.Number == "" || !isDigits(string(r.Number)) || r.Number[0] == '0' {
		return "a reservation with a number that is none"
	}
	return badURL(r.URL)
}

func badLaunch(l *Launch) string {
	if l.URL.IsZero() {
		return "a launch without URL"
	}
	return badURL(l.URL)
}

// check opens a body and reads it. A write is never both done and not done, a
// refusal always has a known reason, and a success is never made of something else.
func (z fuzzed) check(t *testing.T, body []byte) {
	c := fuzzCore()
	opened, err := z.op.open(&transport.Response{Status: 200, Body: body})
	if err == nil {
		problem, readErr := z.read(c, opened.data)
		if problem != "" {
			t.Errorf("%s: %s", z.op.name, problem)
		}
		if _, ok := readErr.(Reason); readErr != nil && !ok {
			t.Errorf("%s: read error %v is no Reason", z.op.name, readErr)
		}
		return
	}
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("%s: error = %T", z.op.name, err)
	}
	if e.outcome == proctorbook.ErrNotDone && e.Reason == "" {
		t.Errorf("%s: not done, without a known reason", z.op.name)
	}
	if z.op.class != proctorbook.Read && e.outcome == nil {
		t.Errorf("%s: outcome missing", z.op.name)
	}
}

func FuzzWriteAnswers(f *testing.F) {
	seedBodies(f)
	all := []fuzzed{
		{opReservationsCreate, reads(readsReservation, badReservation)},
		{opReservationsMove, reads(readsReservation, badReservation)},
		{opReservationsCreateForExam, reads(readsReservation, badReservation)},
		{opReservationsCancel, reads(without(readCancellation), anything)},
		{opReservationsBegin, reads((*core).readLaunch, badLaunch)},
		{opStudentsLoginURL, reads((*core).readLaunch, badLaunch)},
		{opExamsLaunch, reads((*core).readExamLaunch, badLaunch)},
		{opStudentsSave, reads(without(readSavedStudent), anything)},
		{opExamsSave, reads(func(c *core, b []byte) (*SavedExam, error) { return c.readSavedExam("demo_exam")(b) }, func(e *SavedExam) string {
			if e.ID != "" && strings.TrimSpace(e.ID) != "demo_exam" {
				return "another exam than was sent"
			}
			return badURL(e.InviteURL)
		})},
		{opInstitutionSaveUser, reads(without(readSavedUser), anything)},
		{opRecordPlusCreate, reads((*core).readRecordPlusSession, func(s *RecordPlusSession) string {
			if s.UUID == "" {
				return "a session without uuid"
			}
			return badURL(s.URL)
		})},
		{opRecordPlusFulfill, reads(without(readFulfillment), anything)},
		{opBatchesSchedule, reads(without(readBatch), anything)},
		{opStudentsAcceptTerms, reads(without(readTermsAcceptance), anything)},
	}
	f.Fuzz(func(t *testing.T, draw byte, body []byte) { all[int(draw)%len(all)].check(t, body) })
}

func FuzzReadAnswers(f *testing.F) {
	seedBodies(f)
	all := []fuzzed{
		{opStudentsGet, reads(without(readProfile), func(p *StudentProfile) string {
			if p.ID == "" {
				return "a profile without id"
			}
			return ""
		})},
		{opStudentsLookupEmail, reads(without(readEmailLookup), anything)},
		{opStudentsTermsOfService, reads(without(readTermsOfService), anything)},
		{opStudentsImage, reads(without(readImage), func(i *StudentImage) string {
			if !strings.HasPrefix(i.ContentType, "image/") || len(i.Bytes()) == 0 {
				return "an image that is none"
			}
			return ""
		})},
		{opStudentsAccommodations, reads(without(readAccommodations), anything)},
		{opReservationsAuthenticated, reads(without(readAuthentication), func(a *Authentication) string {
			if a.Authenticated && !a.Known {
				return "authenticated, and not known"
			}
			return ""
		})},
		{opExamsList, reads(without(readExams), anything)},
		{opExamsTerms, reads(without(readTerms), anything)},
		{opExamsDepartments, reads(without(readDepartments), anything)},
		{opTimeZonesList, reads(without(readTimeZones), func(all []TimeZone) string {
			for _, z := range all {
				if found, err := FindTimeZone(all, z.IANA); z.IANA != "" && (err != nil || found.ID == "" && z.ID != "") {
					return "a zone that its IANA name does not find"
				}
			}
			return ""
		})},
		{opSlotsList, reads(func(_ *core, b []byte) ([]Slot, error) { return list(b, slotWire.slot) }, func(all []Slot) string {
			for _, s := range all {
				if s.Start.IsZero() {
					return "a slot without a start"
				}
			}
			return ""
		})},
	}
	f.Fuzz(func(t *testing.T, draw byte, body []byte) { all[int(draw)%len(all)].check(t, body) })
}

// No row is lost in silence: only [] is an empty list.
func FuzzReservationList(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, _ byte, data []byte) {
		if e, reason := decodeEnvelope(data, false); reason == "" {
			data = e.data
		}
		all, err := readReservations(data)
		if (err == nil) == (all == nil) {
			t.Errorf("readReservations = %d rows, %v; want one or the other", len(all), err)
		}
		if len(all) == 0 && err == nil && compact(data) != "[]" {
			t.Errorf("an empty list made of %.100q", data)
		}
	})
}

// The rows of a report are those that encoding/json finds, in order, but for
// repeats; what it refuses is refused.
func FuzzReports(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, draw byte, body []byte) {
		op := []operation{opReportsActivity, opReportsBlueBirdActivity, opReportsPending}[draw%3]
		e, err := op.open(&transport.Response{Status: 200, Body: body})
		if err != nil {
			return
		}
		found := e.rows
		if found == nil {
			found, err = rows(e.data)
		}
		for _, raw := range found {
			var activity activityRowWire
			var pending pendingWire
			if isObject(raw) && json.Unmarshal(raw, &activity) == nil && json.Unmarshal(raw, &pending) == nil {
				_, _ = activity.row(RawJSON(raw)), pending.row(RawJSON(raw))
			} else {
				err = ErrBadData
			}
		}
		if err == nil && !json.Valid(trimMark(body)) {
			t.Errorf("rows made of what is not JSON: %.200q", body)
		}
		var want struct{ Data []json.RawMessage }
		if err != nil || json.Unmarshal(trimMark(body), &want) != nil {
			return
		}
		if len(want.Data) != len(found) {
			t.Errorf("%d rows, want %d", len(found), len(want.Data))
		}
		for i := range min(len(want.Data), len(found)) {
			if !bytes.Equal(want.Data[i], found[i]) {
				t.Errorf("row %d = %q, want %q", i, found[i], want.Data[i])
			}
		}
	})
}

// A row is what encoding/json makes of it, and its fields are what the slower ways to
// read them make of it.
func FuzzRows(f *testing.F) {
	seedBodies(f)
	for _, value := range []string{
		`"2026-09-01T12:00:00Z"`, `"2026-09-01T24:00:00Z"`, `"2026-09-01t12:00:00,5+25:00"`, `"2026-09-01 12:00:00"`, `""`, `" true"`, `"T"`, `true`,
		`false`, `null`, `{}`, `"2026\u002d09-01T12:00:00Z"`, `1.0`, `"é"`, `"0001-01-01T00:00:00Z"`, `"2026-09-01T12:00:00.123456789-07:00"`,
	} {
		f.Add(byte(0), []byte(`{"StartDate":`+value+`,"Test":`+value+`,"CheckID":`+value+`,"ReservationNo":`+value+`,"STUDENT":`+value+`}`))
	}
	f.Fuzz(func(t *testing.T, _ byte, body []byte) {
		raws := [][]byte{body}
		if e, reason := decodeEnvelope(body, true); reason == "" {
			raws = append(append(raws, e.data), e.rows...)
		}
		for _, raw := range raws {
			sameAsJSON[activityRowWire](t, raw)
			sameAsJSON[pendingWire](t, raw)
			sameAsJSON[reservationWire](t, raw)
		}
		if !json.Valid(body) {
			return
		}
		value := bytes.TrimSpace(body)
		var at instant
		var yes flag
		_, _ = at.UnmarshalJSON(value), yes.UnmarshalJSON(value)
		if want := parseTime(scalar(value)); !at.time().Equal(want) || at.time().Location() != want.Location() {
			t.Errorf("%s is the time %v, want %v", value, at.time(), want)
		}
		if want := isYes(scalar(value)); bool(yes) != want {
			t.Errorf("%s is %t, want %t", value, yes, want)
		}
	})
}

func sameAsJSON[W any](t *testing.T, raw []byte) {
	var got, want W
	gotErr, wantErr := wirejson.Unmarshal(raw, &got), json.Unmarshal(raw, &want)
	if !reflect.DeepEqual(got, want) || (gotErr == nil) != (wantErr == nil) {
		t.Errorf("%.300q is %+v, %v; want %+v, %v", raw, got, gotErr, want, wantErr)
	}
}

// The envelope is what encoding/json makes of it.
func FuzzEnvelope(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, _ byte, body []byte) {
		e, reason := decodeEnvelope(body, false)
		var want struct {
			Code    json.RawMessage `json:"response_code"`
			Message json.RawMessage `json:"message"`
			Data    json.RawMessage `json:"data"`
		}
		err := json.Unmarshal(trimMark(body), &want)
		switch {
		case reason == ErrNotJSON && json.Valid(trimMark(body)):
			t.Errorf("refused, though it is JSON: %.200q", body)
		case reason == "" && err != nil:
			t.Errorf("read, though encoding/json says %v", err)
		case reason == "" && !bytes.Equal(e.data, want.Data) && !(len(want.Data) == 0 && string(e.data) == "null"):
			t.Errorf("data = %.100q, want %.100q", e.data, want.Data)
		case reason == "" && (e.code != readCode(want.Code) || e.message != scalar(want.Message)):
			t.Errorf("code %d, message %.100q, want those of %s and %s", e.code, e.message, want.Code, want.Message)
		}
		if text, _, _ := splitCounter(e.message); len(text) > len(e.message) {
			t.Errorf("the counter's removal has lengthened the text to %q", text)
		}
	})
}

// The history loses no word of an entry's beginning, and its times are whole minutes in UTC.
func FuzzHistory(f *testing.F) {
	for _, s := range []string{
		"", "; ", "Fulfillment created by Pat Proctor at  4:30pm UTC on Mar 25, 2026; ", "Reservation cancelled by A at ; at B",
		"Fulfillment created by Pat at Home; Esq. at  4:30pm UTC on Mar 25, 2026; Reservation created by Bo at  4:00pm UTC on Mar 25, 2026; ",
		" by ; by at 12:60am UTC on Feb 31, 2026", "\xff; \x00", "Reservation cancelled created by Pat Proctor at  4:30pm UTC on Mar 25, 2026; ",
		"Fulfillment created by X; Reservation cancelled created by Y at  4:30pm UTC on Mar 25, 2026; ", "RESERVATION X CREATED by Bo", "reservation  a\tcreated by ; b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, notes string) {
		if length, at, ok := cutPlainTime(notes); ok {
			if m := entryTime.FindStringSubmatchIndex(notes); m == nil || m[0] != length || at.IsZero() {
				t.Errorf("cutPlainTime = %d, %v; the pattern finds %v", length, at, m)
			}
		}
		events := parseHistory(notes)
		if strings.TrimFunc(notes, isFiller) == "" && len(events) != 0 {
			t.Errorf("%d entries made of nothing", len(events))
		}
		for _, e := range events {
			if !strings.Contains(notes, e.What) || !strings.Contains(notes, e.By.Reveal()) {
				t.Errorf("an entry %q by %q that the notes don't hold", e.What, e.By.Reveal())
			}
			if e.At.Location() != time.UTC || e.At.Truncate(time.Minute) != e.At {
				t.Errorf("At = %v", e.At)
			}
			if words := strings.Fields(strings.ToLower(e.What)); len(words) == 3 && isWord(words[1]) && words[2] == "created" && slices.Contains([]string{"fulfillment", "reservation"}, words[0]) {
				t.Errorf("What = %q, which says twice what was done", e.What)
			}
		}
		checkTwoEntries(t, notes)
	})
}

func isWord(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

// checkTwoEntries wants two entries where an entry without a time stands before one
// that says twice what was done, whatever letters the names have.
func checkTwoEntries(t *testing.T, notes string) {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, notes)
	if name == "" || !utf8.ValidString(name) {
		return
	}
	got := parseHistory("Fulfillment created by " + name + "; Reservation cancelled created by " + name + " at  4:30pm UTC on Mar 25, 2026; ")
	at := time.Date(2026, 3, 25, 16, 30, 0, 0, time.UTC)
	if want := []ReportEvent{{"Fulfillment created", Secret(name), time.Time{}}, {"Reservation cancelled", Secret(name), at}}; !slices.Equal(got, want) {
		t.Errorf("two entries by %q: %d, the last %q", name, len(got), got[len(got)-1].What)
	}
}

// Every body gives at least one event, which holds the body.
func FuzzWebhookEvents(f *testing.F) {
	for i, s := range []string{
		``, `{}`, `{"event":{"id":"ev-0001","type":"event-reservation-confirmation"}}`, "event_id,event_type\nev-0001,x\nev-0002,\"y\n",
		`event%5Bid%5D=ev-0001&event%5Btype%5D=x&%zz=1&a`, `{"a":[{"b":[1,2,{"c":null}]}]}`, strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70),
		`[{"eventId":"ev-1"},{"event":{"id":"ev-2"}}]`, "a=1\nb=2\r\n\n", `{"events":[{"reservationId":"b-\u0000"}]}`,
	} {
		f.Add(byte(i), []byte(s))
	}
	readers := []eventReader{readJSONEvents, readCSVEvents, readFormEvents}
	f.Fuzz(func(t *testing.T, draw byte, body []byte) {
		n := 0
		readers[int(draw)%len(readers)](body, func(e WebhookEvent) bool {
			n++
			if !bytes.Equal(e.Raw, body) || len(e.Fields) > maxFields {
				t.Errorf("event %d: Raw of %d bytes, %d fields", n, len(e.Raw), len(e.Fields))
			}
			for _, id := range []string{e.ID, e.Type, e.ReservationID, e.StudentID} {
				if !utf8.ValidString(id) || strings.ContainsRune(id, 0) || len(id) > 255 {
					t.Errorf("event %d: an id %q", n, id)
				}
			}
			return n < 100
		})
		if n == 0 {
			t.Error("no event")
		}
	})
}

// Signatures are hex, and nothing else.
func FuzzSignature(f *testing.F) {
	const right = "f7000d3a2fd51f8f53d91e0085fae1423dfbab8e"
	for _, s := range []string{"sha1=" + right, "SHA1=" + strings.ToUpper(right), right, "sha1=", "", "sha256=" + right, "sha1=" + right + "00", "=" + right} {
		f.Add(s)
	}
	verify := verifier([]Secret{"authentication secret"})
	f.Fuzz(func(t *testing.T, header string) {
		scheme, value, _ := strings.Cut(strings.TrimSpace(header), "=")
		want := strings.EqualFold(scheme, "sha1") && strings.EqualFold(value, right)
		mac, ok := signatureOf(http.Header{http.CanonicalHeaderKey(signatureHeader): {header}})
		if got := ok && verify([]byte("request body"), mac); got != want {
			t.Errorf("the signature %q is right: %t, want %t", header, got, want)
		}
	})
}
