package simulation

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

const webhookSecret = "the provider's secret"

// mailings are the ways in which a batch of the provider's notifications comes.
var mailings = [][]proctorutest.WebhookKind{
	{}, {}, {proctorutest.WebhookTwice}, {proctorutest.WebhookOutOfOrder}, {proctorutest.WebhookLate}, {proctorutest.WebhookReplayed},
	{proctorutest.WebhookCSV}, {proctorutest.WebhookForm, proctorutest.WebhookTwice}, {proctorutest.WebhookUpperCaseHex},
	{proctorutest.WebhookWrongSecret}, {proctorutest.WebhookUnsigned, proctorutest.WebhookLate},
}

// mailbox is how the process takes notifications, as its operator is told to: the
// signature is checked, and the booking is looked at. Each format has a handler of its own.
func (p *process) mailbox() http.Handler {
	inboxes := map[string]http.Handler{}
	for _, format := range []proctoru.WebhookFormat{proctoru.WebhookJSON, proctoru.WebhookCSV, proctoru.WebhookForm} {
		inbox, err := proctoru.NewWebhookHandler([]proctoru.Secret{webhookSecret},
			func(ctx context.Context, e proctoru.WebhookEvent) error { return p.Delivered(ctx, e.ReservationID) },
			proctoru.WithReplayMemory(proctoru.NewReplayMemory(64)), proctoru.WithWebhookFormat(format))
		if err != nil {
			panic(err)
		}
		inboxes[string(format)] = inbox
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inboxes[r.Header.Get("Content-Type")].ServeHTTP(w, r) })
}

// mail lets one of the notifications that are on their way arrive, be it late, in
// any order, twice, garbled, or forged.
func (w *world) mail(p *process) {
	kinds := mailings[w.steps.n(len(mailings))]
	w.post = append(w.post, w.provider.Webhooks(kinds...)...)
	if w.steps.chance(0.15) {
		w.deliver(p, w.forgery(p.deployment), "forged")
		return
	}
	if len(w.post) == 0 {
		return
	}
	i := w.steps.n(len(w.post))
	d := w.post[i]
	if d.Due.After(w.now) {
		return
	}
	w.post = append(w.post[:i], w.post[i+1:]...)
	how := "on time"
	switch signature := d.Header.Get(proctorutest.SignatureHeader); {
	case signature == "":
		how = "unsigned"
	case !bytes.EqualFold([]byte(signature), []byte(proctorutest.SignWebhook(webhookSecret, d.Body))):
		how = "by a wrong secret"
	case w.now.Sub(d.Happened) > lagBound:
		how = "late"
	}
	w.deliver(p, d, how)
}

// forgery is a notification that the provider did not send, with a lie about a
// real booking.
func (w *world) forgery(d *deployment) proctorutest.WebhookDelivery {
	id := "pb-elsewhere-1"
	if len(d.ids) > 0 {
		id = string(d.ids[w.steps.n(len(d.ids))])
	}
	forged := proctorutest.WebhookDelivery{Header: http.Header{"Content-Type": {"application/json"}}}
	forged.Body = []byte(`{"event":{"id":"ev-1","type":"event-reservation-cancellation"},"reservation":{"reservation_id":"` + id + `"}}`)
	if w.steps.chance(0.5) {
		forged.Header.Set(proctorutest.SignatureHeader, proctorutest.SignWebhook("a guess", forged.Body))
	}
	return forged
}

// deliver posts a notification. Only what the provider has signed may get in;
// what the process could not take comes again.
func (w *world) deliver(p *process, d proctorutest.WebhookDelivery, how string) {
	w.counts.hit("webhook", how)
	genuine := how == "on time" || how == "late"
	w.start(p, "webhook", func(ctx context.Context) {
		r, err := d.Request(ctx, "http://127.0.0.1/hooks/proctoru")
		if err != nil {
			w.t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		p.inbox.ServeHTTP(answer, r)
		switch refused := answer.Code == http.StatusUnauthorized; {
		case !genuine && !refused:
			w.violate(stateA, "a notification that the provider has not signed is let in", "")
		case genuine && refused:
			w.violate(stateA, "a notification of the provider is refused", "")
		case answer.Code >= http.StatusInternalServerError: // it failed, or is being handled
			w.counts.hit("webhook", "sent again")
			w.post = append(w.post, d)
		}
	})
}
