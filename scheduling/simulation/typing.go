package simulation

import (
	"context"
	"errors"
	"strings"

	"github.com/proctorbook/proctorbook/scheduling"
)

// This file is the exam's door: a learner begins, a proctor types the code. Both do it
// as people do, and the judge wants that to be good enough.

// oddly are the ways in which a right code is typed or pasted.
var oddly = []func(string) string{
	func(code string) string { return code },
	func(code string) string { return code + "\n" },
	func(code string) string { return "\t" + code + "\r\n" },
	func(code string) string { return strings.ToLower(code) },
	func(code string) string { return code[:5] + "\u00a0" + code[5:] },     // no-break space
	func(code string) string { return code[:5] + "\u2013" + code[5:] },     // en dash
	func(code string) string { return code[:5] + "\u2011" + code[5:] },     // no-break hyphen
	func(code string) string { return "\u200e" + code + "\u200b" },         // marks without a width
	func(code string) string { return strings.Map(wide, code) },            // full-width forms
	func(code string) string { return strings.ReplaceAll(code, "0", "o") }, // O for zero
	func(code string) string { return " " + strings.Join(strings.Split(code, ""), " ") },
}

// wide returns the full-width form of a digit or a letter.
func wide(r rune) rune { return r - '!' + '\uff01' }

// unlock types the code: now and then a wrong one. A right one must do, however it is
// typed.
func (w *world) unlock(ctx context.Context, p *process, id scheduling.BookingID, c userCall) error {
	before := p.deployment.rows[id].row
	code, err := p.Staff.UnlockCode(before)
	if err != nil {
		return err // this process was not given the key
	}
	typed := oddly[c.hand%len(oddly)](code.Reveal())
	if c.wrong {
		typed = "WRONG"
	}
	if !c.wrong && w.bridge.typed != nil {
		w.bridge.typed[id] = true
	}
	_, err = p.Unlock(ctx, id, typed)
	if errors.Is(err, scheduling.ErrWrongCode) && !c.wrong && p.deployment.rows[id].row.Code.Generation == before.Code.Generation {
		w.violate(stateA, "the right code is refused as it was typed", id)
	}
	if err == nil {
		w.counts.hit("world", "unlocked by odd typing "+digits(c.hand%len(oddly)))
	}
	return err
}

// begin asks for the launch URL. In an exam that is under way there is one, whatever
// happened to the last.
func (w *world) begin(ctx context.Context, p *process, id scheduling.BookingID) error {
	row := func() scheduling.Booking {
		if r := p.deployment.rows[id]; r != nil {
			return r.row
		}
		return scheduling.Booking{}
	}
	before := row()
	launch, err := p.Begin(ctx, id)
	if err == nil && launch.URL.IsZero() {
		w.violate(stateA, "Begin returned neither a URL nor an error", id)
	}
	after := row()
	same := after.UpdatedAt.Equal(before.UpdatedAt) // nobody finished and reopened it in between
	open := before.State == scheduling.StateUnlocked && after.State == scheduling.StateUnlocked && w.now.Before(after.TimeOverAt())
	if open && err == nil {
		w.counts.hit("world", "begun again after the unlock")
	}
	if open && same && is[*scheduling.NotAllowedError](err) {
		w.violate(stateA, "Begin is refused in an exam that is under way", id)
	}
	return err
}
