package proctorutest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// delivery writes the event down, and signs it as the kinds say.
func (e hookEvent) delivery(secret string, kinds []WebhookKind) WebhookDelivery {
	d := WebhookDelivery{EventID: e.id, EventType: e.kind, Number: e.about.number, Happened: e.at, Due: e.at, Header: http.Header{}}
	if slices.Contains(kinds, WebhookLate) {
		d.Due = e.at.Add(webhookDelay)
	}
	contentType := "application/json"
	switch {
	case slices.Contains(kinds, WebhookCSV):
		contentType, d.Body = "text/csv", e.csv()
	case slices.Contains(kinds, WebhookForm):
		contentType, d.Body = "application/x-www-form-urlencoded", e.form()
	default:
		d.Body = testserver.AppendJSON(nil, e.blocks(), testserver.PlainNumbers)
	}
	d.Header.Set("Content-Type", contentType)
	if secret == "" || slices.Contains(kinds, WebhookUnsigned) {
		return d
	}
	if slices.Contains(kinds, WebhookWrongSecret) {
		secret = "not " + secret
	}
	signature := SignWebhook(secret, d.Body)
	if slices.Contains(kinds, WebhookUpperCaseHex) {
		signature = "sha1=" + strings.ToUpper(strings.TrimPrefix(signature, "sha1="))
	}
	d.Header.Set(SignatureHeader, signature)
	return d
}

// blocks is the notification in the documented blocks, whose members are invented.
func (e hookEvent) blocks() object {
	r := &e.about
	all := object{
		{"event", object{{"id", e.id}, {"type", e.kind}, {"created_at", e.at.Format(wireTime)}}},
		{"reservation", object{{"reservation_no", r.number}, {"reservation_id", r.id}, {"start_date", r.start.Format(wireTime)}}},
		{"test_taker", object{{"student_id", r.student}}},
		{"exam", object{{"description", r.description}}},
	}
	if e.kind == eventCancellation {
		all = append(all, member{"cancellation", object{{"cancelled_at", e.at.Format(wireTime)}}})
	}
	return all
}

// csv joins block and member by a low line.
func (e hookEvent) csv() []byte {
	var names, values []string
	for _, block := range e.blocks() {
		for _, m := range block.Value.(object) {
			names = append(names, block.Key+"_"+m.Key)
			values = append(values, fmt.Sprint(m.Value))
		}
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	_ = w.WriteAll([][]string{names, values}) // a buffer takes everything
	return text.Bytes()
}

// form puts the member in brackets.
func (e hookEvent) form() []byte {
	var pairs []string
	for _, block := range e.blocks() {
		for _, m := range block.Value.(object) {
			pairs = append(pairs, url.QueryEscape(block.Key+"["+m.Key+"]")+"="+url.QueryEscape(fmt.Sprint(m.Value)))
		}
	}
	return []byte(strings.Join(pairs, "&"))
}
