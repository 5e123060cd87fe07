// The test of this file belongs to no single product file: no secret and no
// personal data leave the package by a log, an error, an event or a printed value.

package scheduling_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// A canary is a text that must never show up outside of the requests. Each is
// unlike anything else, so that finding it is finding a leak.
var canaries = map[string]string{
	"given name":    "Canarygiven",
	"family name":   "Canaryfamily",
	"phone":         "+33987654321",
	"address":       "Canarystreet",
	"city":          "Canarytown",
	"state":         "Canarystate",
	"postal code":   "CANARY77",
	"mail":          "canary-mail@",
	"full name":     "Canaryfull",
	"client secret": "canary-client-secret",
	"unlock key":    "canary-unlock-key-secret-of-32-b",
}

// nest is a world full of canaries, which keeps everything that it saw printed.
type nest struct {
	*world
	wire   *leaky
	values []any // errors and values, as an application may print them
}

func newNest(t *testing.T) *nest {
	w := newWorld(t)
	n := &nest{world: w, wire: &leaky{next: map[string]http.RoundTripper{}}}
	w.log.text.Reset()
	w.platform.AddClient("canary-client", canaries["client secret"], w.platform.ClientID)
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if w.client, err = proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token, proctoru.WithClock(w.clock),
		proctoru.WithTransport(n.wire.to("provider", w.provider)), proctoru.WithLimiter(freely{}), proctoru.WithLogger(log)); err != nil {
		t.Fatal(err)
	}
	if w.edx, err = edx.NewClient(proctorbooktest.InProcessURL, edx.WithClientCredentials("canary-client", canaries["client secret"]), edx.WithClock(w.clock),
		edx.WithTransport(n.wire.to("platform", w.platform)), edx.WithLimiter(freely{}), edx.WithLogger(log)); err != nil {
		t.Fatal(err)
	}
	key := scheduling.UnlockKey{ID: "k1", Secret: []byte(canaries["unlock key"])}
	w.restart(hasty, scheduling.WithUnlockKeys(key), scheduling.WithLogger(log))
	n.values = append(n.values, key, []scheduling.UnlockKey{key}, &key)
	n.settleIn()
	return n
}

// settleIn makes the learner whose data are the canaries.
func (n *nest) settleIn() {
	n.t.Helper()
	n.platform.AddUser(edxtest.User{ID: 4300, Username: "canary", Name: canaries["full name"], Email: canaries["mail"] + "example.org", TimeZone: "Europe/Paris"})
	n.platform.Enroll("canary", n.exam.Course.String(), "verified", true)
	l, err := n.Learner(n.t.Context(), "canary")
	if err != nil {
		n.t.Fatal(err)
	}
	n.learner = l.ID
	p := scheduling.Profile{
		GivenName: canaries["given name"], FamilyName: canaries["family name"], Phone: canaries["phone"], Country: "FR",
		Address: canaries["address"], City: canaries["city"], State: canaries["state"], PostalCode: canaries["postal code"],
	}
	if err := n.SaveProfile(n.t.Context(), n.learner, p); err != nil {
		n.t.Fatal(err)
	}
	record := n.record()
	n.values = append(n.values, l, record, &record, []scheduling.Learner{record}, p, &p, map[string]scheduling.Profile{"p": p})
}

// keep remembers an error, and what came with it.
func (n *nest) keep(values ...any) {
	for _, v := range values {
		if v != nil {
			n.values = append(n.values, v)
		}
	}
}

// leaky is a transport whose errors say too much, as net/http's do: the whole
// URL, the headers and the body. It notes the secrets that go over the wire.
type leaky struct {
	next map[string]http.RoundTripper
	fail string // part of the path to fail
	sent bytes.Buffer
	auth []string
}

type leak struct {
	l    *leaky
	next http.RoundTripper
}

func (l *leaky) to(name string, h http.Handler) http.RoundTripper {
	l.next[name] = proctorbooktest.InProcess(h)
	return leak{l, l.next[name]}
}

func (x leak) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	plain, _ := url.QueryUnescape(string(body))
	x.l.sent.WriteString(plain + "\n" + r.URL.RawQuery + "\n")
	for _, name := range []string{"Authorization", "Authorization-Token"} {
		if v := r.Header.Get(name); v != "" {
			x.l.auth = append(x.l.auth, strings.TrimPrefix(strings.TrimPrefix(v, "JWT "), "Bearer "))
		}
	}
	if x.l.fail != "" && strings.Contains(r.URL.Path, x.l.fail) {
		full := *r.URL
		full.RawQuery = string(body)
		return nil, &url.Error{Op: r.Method, URL: full.String(), Err: &url.Error{Op: "proxy", URL: full.String(), Err: io.ErrUnexpectedEOF}}
	}
	return x.next.RoundTrip(r)
}

// TestNoCanaryEscapes runs bookings through every kind of trouble, with every
// secret and every bit of personal data a canary, and looks for them in all
// logs, errors, events and printed values.
func TestNoCanaryEscapes(t *testing.T) {
	t.Parallel()
	n := newNest(t)
	n.troubledBookings()
	n.troubledPlatform()
	id := n.examDay()
	n.lookAt(id)

	for name, text := range canaries {
		if name != "unlock key" && name != "full name" && !strings.Contains(n.wire.sent.String(), text) {
			t.Errorf("the %s was never sent: it proves nothing here", name)
		}
	}
	n.wantNoCanary(n.secrets(id))
}

// secrets returns all canaries, and the secrets that are made during the run.
func (n *nest) secrets(id scheduling.BookingID) map[string]string {
	all := map[string]string{"provider's token": n.provider.Token, "unlock code": n.code(id)}
	for name, text := range canaries {
		all[name] = text
	}
	rows := n.provider.Reservations()
	for i, r := range rows[max(0, len(rows)-5):] {
		all[fmt.Sprintf("exam password %d", i)] = r.ExamPassword
	}
	slices.Sort(n.wire.auth)
	for i, token := range slices.Compact(n.wire.auth) {
		all[fmt.Sprintf("token sent %d", i)] = token
	}
	return all
}

// troubledBookings books with every answer lost or spoiled, and with errors of
// the network that quote the request.
func (n *nest) troubledBookings() {
	ctx := n.t.Context()
	for _, kind := range append([]proctorbooktest.FaultKind{proctorbooktest.Unauthorized, proctorbooktest.Redirect, proctorutest.ReadNull, proctorutest.ReadError}, lossFaults...) {
		for _, endpoint := range []string{create, "removeReservation", "getStudentReservationList", "clientActivityReport"} {
			f := proctorbooktest.Fault{Kind: kind, Endpoint: endpoint}
			if n.provider.CheckFault(f) != nil {
				continue // a read can't have a fault of writes, and the other way round
			}
			n.provider.Fault(f)
			b, err := n.Book(ctx, n.exam, n.learner, nine)
			n.keep(b, err)
			_, err = n.Reconcile(ctx)
			n.keep(err)
			n.clock.Advance(20 * time.Minute)
			b, err = n.Cancel(ctx, b.ID, scheduling.Request{Reason: "ill", By: "canary"})
			n.keep(b, err)
			n.provider.ClearFaults()
			n.provider.ResetErrors()
			n.pass()
			n.pass()
			if len(n.active(b.ID)) != 0 {
				n.t.Fatalf("%s at %s: the booking did not end\n%s", kind, endpoint, n.history(b.ID))
			}
		}
		n.clock.Set(day.AddDate(0, 0, -4))
	}
	n.wire.fail = create
	b, err := n.Book(ctx, n.exam, n.learner, nine)
	n.keep(b, err)
	n.wire.fail = ""
	n.pass()
	n.provider.BlockSlot(noon)
	b, err = n.Reschedule(ctx, b.ID, noon)
	n.keep(b, err)
	b, err = n.Book(ctx, n.exam, n.learner, ten)
	n.keep(b, err)
	b, err = n.Book(ctx, n.exam, n.learner, time.Time{})
	n.keep(b, err)
}

// troubledPlatform asks a platform that fails in every way.
func (n *nest) troubledPlatform() {
	ctx := n.t.Context()
	for _, kind := range []proctorbooktest.FaultKind{proctorbooktest.Status500, proctorbooktest.HTML200, proctorbooktest.Unauthorized, proctorbooktest.CutBody, proctorbooktest.LoseAnswer, proctorbooktest.Redirect} {
		for _, endpoint := range []string{"accounts", "preferences", "enrollment", "access_token"} {
			n.platform.Fault(proctorbooktest.Fault{Kind: kind, Endpoint: endpoint, Times: -1})
			n.clock.Advance(2 * time.Hour)                               // the token has expired
			for _, username := range []string{"canary", "canary-bird"} { // the store knows the first one
				l, err := n.Learner(ctx, username)
				n.keep(l, err)
			}
			other := n.exam
			other.Course, other.Usage = rerun(n.exam)
			status, err := n.Status(ctx, other, n.learner)
			n.keep(status, err)
			b, err := n.Book(ctx, other, n.learner, ten)
			n.keep(b, err)
			n.platform.ClearFaults()
		}
	}
	for _, part := range []string{"accounts", "preferences", "access_token"} {
		n.wire.fail = part
		n.clock.Advance(2 * time.Hour)
		l, err := n.Learner(ctx, "canary")
		n.keep(l, err)
		n.wire.fail = ""
	}
	bad := scheduling.Profile{GivenName: canaries["given name"] + "\n", Phone: canaries["phone"] + "x", Country: "QQ", Zone: canaries["city"]}
	n.keep(bad, n.SaveProfile(ctx, n.learner, bad))
}

// examDay begins, types codes, and ends.
func (n *nest) examDay() scheduling.BookingID {
	ctx := n.t.Context()
	b, err := n.store.Active(ctx, n.learner, n.exam.Key())
	if err != nil {
		n.t.Fatal(err)
	}
	id := b.ID
	n.clock.Set(b.Start)
	for _, kind := range []proctorbooktest.FaultKind{proctorbooktest.LoseAnswer, proctorutest.UnknownText, proctorbooktest.Status500, proctorbooktest.CutBody} {
		n.fault(kind, "beginReservation")
		launch, err := n.Begin(ctx, id)
		n.keep(launch, err)
	}
	launch, err := n.Begin(ctx, id)
	if err != nil {
		n.t.Fatal(err)
	}
	n.keep(launch, &launch, launch.URL)
	canary, _ := url.Parse(launch.URL.Reveal())
	n.wire.auth = append(n.wire.auth, canary.Query().Get("token"))

	right := n.code(id)
	b, err = n.Unlock(ctx, id, right+"9")
	n.keep(b, err)
	b, err = n.Staff.ResetCode(ctx, id, scheduling.Request{Reason: "asked", By: "staff7"})
	n.keep(b, err)
	n.wire.auth = append(n.wire.auth, right) // the old code stays a secret
	for _, typed := range []string{right, n.code(id), n.code(id)} {
		b, err = n.Unlock(ctx, id, typed)
		n.keep(b, err)
	}
	if b.State != scheduling.StateUnlocked {
		n.t.Fatalf("booking is %s, want unlocked", b.State)
	}
	secret, err := n.Staff.UnlockCode(b)
	n.keep(secret, err)
	b, err = n.Finish(ctx, id)
	n.keep(b, err)
	return id
}

// lookAt keeps what can be read about the booking.
func (n *nest) lookAt(id scheduling.BookingID) {
	ctx := n.t.Context()
	for e, err := range n.Events(ctx, scheduling.EventQuery{}) {
		n.keep(e, err)
	}
	outcome, err := n.Outcome(ctx, id)
	n.keep(outcome, err)
	for _, kind := range []proctorbooktest.FaultKind{proctorbooktest.Status500, proctorbooktest.HTML200, proctorutest.UnknownText} {
		n.fault(kind, "clientActivityReport")
		_, err := n.Outcome(ctx, id)
		n.keep(err)
		n.fault(kind, "getScheduleInfoAvailableTimesList")
		for slot, err := range n.Slots(ctx, n.exam, n.learner, scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)}) {
			n.keep(slot, err)
			break
		}
	}
	status, err := n.Status(ctx, n.exam, n.learner)
	n.keep(status, err)
	explained, err := n.Staff.Explain(ctx, id)
	n.keep(explained, err)
	swept, err := n.Sweep(ctx)
	n.keep(swept, err)
}

// wantNoCanary looks for the secrets in everything that was logged and kept.
func (n *nest) wantNoCanary(secrets map[string]string) {
	n.t.Helper()
	logged := n.log.String()
	kept := 0
	for _, v := range n.values {
		if _, isError := v.(error); isError {
			kept++
		}
	}
	if len(logged) < 10_000 || kept < 100 {
		n.t.Errorf("%d bytes of log, %d errors: the run was too quiet to prove anything", len(logged), kept)
	}
	for name, secret := range secrets {
		if at := strings.Index(logged, secret); secret != "" && at >= 0 {
			n.t.Errorf("the %s is in the log: ...%s...", name, logged[max(0, at-200):at])
		}
	}
	forms := map[string]string{} // each once, with the type that it is of
	for _, v := range n.values {
		for _, form := range printed(v) {
			forms[form] = fmt.Sprintf("%T", v)
		}
	}
	for name, secret := range secrets {
		for _, needle := range needles(secret) {
			for form, of := range forms {
				if strings.Contains(form, needle) {
					n.t.Fatalf("the %s is in a printed %s: %s", name, of, form)
				}
			}
		}
	}
}

// needles are the forms in which fmt and JSON show a text, or its bytes.
func needles(secret string) []string {
	if secret == "" {
		return nil
	}
	numbers := fmt.Sprintf("%d", []byte(secret))
	return []string{
		secret, fmt.Sprintf("%x", secret), numbers[1 : len(numbers)-1],
		base64.StdEncoding.EncodeToString([]byte(secret))[:len(secret)],
	}
}

// printed returns every form in which a value gets into logs and answers.
func printed(v any) []string {
	var forms []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		forms = append(forms, fmt.Sprintf(verb, v))
	}
	for err, ok := v.(error); ok && err != nil; err = errors.Unwrap(err) {
		forms = append(forms, err.Error())
	}
	var buf bytes.Buffer
	slog.New(slog.NewJSONHandler(&buf, nil)).Info("value", "v", v)
	slog.New(slog.NewTextHandler(&buf, nil)).Info("value", "v", v)
	forms = append(forms, buf.String())
	switch v.(type) {
	case scheduling.Learner, *scheduling.Learner, []scheduling.Learner, scheduling.Profile, *scheduling.Profile, map[string]scheduling.Profile:
		return forms[:len(forms)-1+logsWithoutJSON(v)] // their JSON is for stores, and holds everything
	}
	if raw, err := json.Marshal(v); err == nil {
		forms = append(forms, string(raw))
	}
	return forms
}

// logsWithoutJSON is 1 for the values that slog itself hides; inside of slices
// and maps it writes their JSON.
func logsWithoutJSON(v any) int {
	if _, hides := v.(slog.LogValuer); hides {
		return 1
	}
	return 0
}

// A nest that sees nothing proves nothing: the look at printed values finds a
// canary in what is not protected.
func TestCanariesAreSeen(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		errors.New("sent " + canaries["mail"]), struct{ Name string }{canaries["mail"]}, []byte(canaries["mail"]),
		struct{ Secret []byte }{[]byte(canaries["mail"])},
	} {
		found := false
		for _, form := range printed(v) {
			found = found || slices.ContainsFunc(needles(canaries["mail"]), func(n string) bool { return strings.Contains(form, n) })
		}
		if !found {
			t.Errorf("a canary in a %T was not found", v)
		}
	}
}
