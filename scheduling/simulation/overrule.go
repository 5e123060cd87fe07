package simulation

import (
	"context"

	"github.com/proctorbook/proctorbook/scheduling"
)

// overrule lets staff correct what became of a booking: a no-show that was
// none, an exam that was ended by mistake, an attendance, a verdict. They are
// wrong now and then, which must change nothing but what they corrected.
func (w *world) overrule(d *deployment, p *process) {
	if len(d.ids) == 0 || !w.chance(decideProvider, 1, "staff overrules") {
		return
	}
	r, roll := d.rows[d.ids[w.steps.n(len(d.ids))]], w.steps.n(4)
	by := scheduling.Request{Reason: "as the proctor says", By: "office"}
	id := r.row.ID
	act := func(ctx context.Context) (err error) {
		switch {
		case r.row.State == scheduling.StateNoShow:
			_, err = p.Staff.UndoNoShow(ctx, id, by)
		case r.row.State == scheduling.StateFinished && roll > 1:
			_, err = p.Staff.Reopen(ctx, id, by)
		case r.row.State == scheduling.StateFinished || roll == 0 && (r.row.State == scheduling.StateBegun || r.row.State == scheduling.StateUnlocked):
			_, err = p.Staff.Void(ctx, id, by)
		case roll == 1:
			_, err = p.Staff.OverrideOutcome(ctx, id, scheduling.VerdictPassed, by)
		case roll == 2:
			_, err = p.Staff.WithdrawOverride(ctx, id, by)
		case roll == 3:
			_, err = p.Staff.SetAttendance(ctx, id, scheduling.PresenceUnknown, by)
		default:
			_, err = p.Staff.SetAttendance(ctx, id, scheduling.PresenceCheckedIn, by)
		}
		return err
	}
	w.start(p, "staff overrules", func(ctx context.Context) { w.toldError(p, act(ctx)) })
}

// phones are the numbers among which learners change theirs.
var phones = []string{"+33100000000", "+33199999999", "+4930000000"}

// edit lets a learner change the profile, which the provider must be told.
func (w *world) edit(p *process) {
	if !w.chance(decideUser, 1, "edit the profile") {
		return
	}
	learner := w.learners[w.steps.n(len(w.learners))]
	profile := learner.Profile
	profile.Phone = phones[w.steps.n(len(phones))]
	w.counts.hit("world", "profile changed")
	w.start(p, "user edits the profile", func(ctx context.Context) {
		err := p.SaveProfile(ctx, learner.ID, profile)
		if err == nil {
			_, err = p.SyncProfile(ctx, learner.ID)
		}
		w.toldError(p, err)
	})
}
