package proctorutest_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// signedHow judges a delivery as a careful receiver would.
func signedHow(d proctorutest.WebhookDelivery) string {
	signature, ok := strings.CutPrefix(d.Header.Get("X-ProctorU-Signature"), "sha1=")
	mac := hmac.New(sha1.New, []byte("whsec-example"))
	mac.Write(d.Body)
	want := hex.EncodeToString(mac.Sum(nil))
	switch {
	case !ok:
		return "not"
	case signature == want:
		return "right"
	case strings.EqualFold(signature, want):
		return "right in upper case"
	}
	return "wrong"
}

// The first one is the provider's own example.
func TestWebhookSignatureVectors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ secret, body, want string }{
		{"authentication secret", "request body", "sha1=f7000d3a2fd51f8f53d91e0085fae1423dfbab8e"},
		{"whsec-example", `{"event":{"id":"ev-0001","type":"event-reservation-confirmation"}}`, "sha1=d7d57e6e3bb15d33f6116dc165769096671151e1"},
		{"whsec-example", "event_id,event_type\nev-0001,event-reservation-confirmation\n", "sha1=2bf231a9c671e8c6fe0a0a808fdd82892534d261"},
		{"whsec-example", "event%5Bid%5D=ev-0001&event%5Btype%5D=event-reservation-confirmation", "sha1=3c169df64e0e9e9e4f3b2f76beea9e25595d05d7"},
		{"whsec-example", "", "sha1=93386c8bb14737ce4fcfa5060dfc831ac6ccf833"},
	} {
		if got := proctorutest.SignWebhook(tt.secret, []byte(tt.body)); got != tt.want {
			t.Errorf("SignWebhook(%q) = %s, want %s", tt.body, got, tt.want)
		}
	}
}

func TestWebhookBodies(t *testing.T) {
	t.Parallel()
	for kind, want := range map[proctorutest.WebhookKind][]string{
		proctorutest.WebhookJSON: {
			`{"event":{"id":"ev-0001","type":"event-reservation-confirmation","created_at":"2030-03-04T09:00:00Z"},` +
				`"reservation":{"reservation_no":900000501,"reservation_id":"r-1","start_date":"2030-03-05T09:00:00Z"},` +
				`"test_taker":{"student_id":"learner-7"},"exam":{"description":"Final \"exam\", part 1"}}`,
			`{"event":{"id":"ev-0002","type":"event-reservation-cancellation","created_at":"2030-03-04T09:00:00Z"},` +
				`"reservation":{"reservation_no":900000501,"reservation_id":"r-1","start_date":"2030-03-05T09:00:00Z"},` +
				`"test_taker":{"student_id":"learner-7"},"exam":{"description":"Final \"exam\", part 1"},` +
				`"cancellation":{"cancelled_at":"2030-03-04T09:00:00Z"}}`,
		},
		proctorutest.WebhookCSV: {
			"event_id,event_type,event_created_at,reservation_reservation_no,reservation_reservation_id,reservation_start_date," +
				"test_taker_student_id,exam_description\n" +
				"ev-0001,event-reservation-confirmation,2030-03-04T09:00:00Z,900000501,r-1,2030-03-05T09:00:00Z,learner-7,\"Final \"\"exam\"\", part 1\"\n",
			"event_id,event_type,event_created_at,reservation_reservation_no,reservation_reservation_id,reservation_start_date," +
				"test_taker_student_id,exam_description,cancellation_cancelled_at\n" +
				"ev-0002,event-reservation-cancellation,2030-03-04T09:00:00Z,900000501,r-1,2030-03-05T09:00:00Z,learner-7," +
				"\"Final \"\"exam\"\", part 1\",2030-03-04T09:00:00Z\n",
		},
		proctorutest.WebhookForm: {
			"event%5Bid%5D=ev-0001&event%5Btype%5D=event-reservation-confirmation&event%5Bcreated_at%5D=2030-03-04T09%3A00%3A00Z" +
				"&reservation%5Breservation_no%5D=900000501&reservation%5Breservation_id%5D=r-1&reservation%5Bstart_date%5D=2030-03-05T09%3A00%3A00Z" +
				"&test_taker%5Bstudent_id%5D=learner-7&exam%5Bdescription%5D=Final+%22exam%22%2C+part+1",
			"event%5Bid%5D=ev-0002&event%5Btype%5D=event-reservation-cancellation&event%5Bcreated_at%5D=2030-03-04T09%3A00%3A00Z" +
				"&reservation%5Breservation_no%5D=900000501&reservation%5Breservation_id%5D=r-1&reservation%5Bstart_date%5D=2030-03-05T09%3A00%3A00Z" +
				"&test_taker%5Bstudent_id%5D=learner-7&exam%5Bdescription%5D=Final+%22exam%22%2C+part+1" +
				"&cancellation%5Bcancelled_at%5D=2030-03-04T09%3A00%3A00Z",
		},
	} {
		w := inProcess(t)
		w.fake.EnableWebhooks("whsec-example")
		w.book("r-1", tuesday, "description", `Final "exam", part 1`)
		w.remove("900000501")

		got := w.fake.Webhooks(kind)

		if len(got) != len(want) {
			t.Fatalf("%s: %d deliveries, want %d", kind, len(got), len(want))
		}
		for i := range want {
			if string(got[i].Body) != want[i] {
				t.Errorf("%s: body %d = %s\nwant %s", kind, i, got[i].Body, want[i])
			}
		}
	}
}

func TestWebhooksTellWhatHappensAfterTheyWereEnabled(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.book("r-0", tuesday.Add(-2*time.Hour))
	w.fake.EnableWebhooks("")
	number := w.book("r-1", tuesday).number()
	w.move(number, "r-1", tuesday.Add(2*time.Hour))
	if err := w.fake.ProctorEnds(900000503, proctorutest.Verdict{}); err != nil {
		t.Fatal(err)
	}

	var got []string
	for _, d := range w.fake.Webhooks() {
		got = append(got, strings.TrimPrefix(d.EventType, "event-"))
		if signature := d.Header.Values("X-ProctorU-Signature"); signature != nil {
			t.Errorf("signature = %q, want none without a secret", signature)
		}
	}

	const want = "reservation-confirmation reservation-cancellation reservation-confirmation fulfillment-end"
	if strings.Join(got, " ") != want {
		t.Errorf("events = %q, want %q", got, want)
	}
	if again := w.fake.Webhooks(); len(again) != 0 {
		t.Errorf("%d deliveries again, want none", len(again))
	}
}

func TestWebhookKindsCombine(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.EnableWebhooks("whsec-example")
	w.book("r-1", tuesday)

	got := w.fake.Webhooks(proctorutest.WebhookForm, proctorutest.WebhookTwice, proctorutest.WebhookUpperCaseHex)

	if len(got) != 2 || string(got[0].Body) != string(got[1].Body) || signedHow(got[1]) != "right in upper case" ||
		got[0].Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("deliveries = %+v, want one form twice, signed in upper case", got)
	}
}

func TestWebhookOfNoKindPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, `no kind of webhook "jsn"`) {
			t.Errorf("panic = %q, want one that names the kind", text)
		}
	}()
	inProcess(t).fake.Webhooks("jsn")
}

func TestWebhookAsARequest(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.EnableWebhooks("whsec-example")
	w.book("r-1", tuesday)
	var method, signature, body string
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		method, signature, body = r.Method, r.Header.Get(proctorutest.SignatureHeader), string(text)
	}))
	defer receiver.Close()
	d := w.fake.Webhooks()[0]
	req, err := d.Request(t.Context(), receiver.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := receiver.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()

	if method != http.MethodPost || body != string(d.Body) || signature != proctorutest.SignWebhook("whsec-example", []byte(body)) {
		t.Errorf("arrived: %s %q signed %s", method, body, signature)
	}
	if _, err := d.Request(t.Context(), "http://bad host/"); err == nil {
		t.Error("a bad URL gave a request")
	}
}
