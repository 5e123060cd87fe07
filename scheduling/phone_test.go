package scheduling_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
)

func TestPhone(t *testing.T) {
	t.Parallel()
	for phone, want := range map[string]bool{
		"+33 6 12 34 56 78": true, "+33612345678": true, "+1 (202) 555-0100": true, "+49.30.1234567": true, "+44/20/79460000": true,
		"+123456": true, "+12345678901234": true, "+33\u00a06\u00a012345678": true,
		"": false, "+": false, "+12345": false, "+123456789012345": false, "0612345678": false, "0033612345678": false,
		"+0612345678": false, "+33 6 12 34 56 7x": false, "call me": false, "+33+612345678": false, "++33612345678": false,
		"+33612345678 ext. 5": false,
		// Digits of every script, and what pasting brings along.
		"+٣٣٦١٢٣٤٥٦٧٨": true, "＋３３６１２３４５６７８": true, "\u202a+33 6 12 34 56 78\u202c": true, "+33\u200b612345678": true,
		"+49‑30‑1234567": true, "+49–30−1234567": true, "+49·30·1234567": true, "+1 （202） 555－0100": true, "+33\u00ad612345678": true,
		// A 0 that is dialled only within the country makes a wrong number of it.
		"+44 (0)20 7946 0000": false, "+44 (0) 20 7946 0000": false, "+44( 0 )20 7946 0000": false, "+44 (020) 7946 0000": false, "+٤٤ (٠)20 7946 0000": false,
		"+44 020 7946 0000": false, "+33 06 12 34 56 78": false, "+49 (030) 1234567": false, "+1 0202 555 0100": false,
		"+39 06 6982": true, "+225 07 12 34 56 78": true, "+378 0549 882914": true, "+44 20 (7946) 0000": true,
	} {
		p := profile
		p.Phone = phone
		if got := p.Validate() == nil; got != want {
			t.Errorf("phone %q accepted = %v, want %v", phone, got, want)
		}
	}
}

// One number is stored, however it was typed, and the error of one that can't be dialled
// from abroad says what is wrong.
func TestPhoneIsNormalized(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, phone := range []string{"+33 1 00 00 00 00", "\u202a+٣٣‑١٠٠٠٠٠٠٠٠\u202c", "＋３３（１）００００００００"} {
		p := profile
		p.Phone = phone
		if err := w.SaveProfile(t.Context(), w.learner, p); err != nil || w.record().Profile.Phone != "+33100000000" {
			t.Errorf("%q is stored as %q, %v; want +33100000000", phone, w.record().Profile.Phone, err)
		}
	}
	p := profile
	p.Phone = "+44 (0)20 7946 0000"
	bad, _ := errors.AsType[*proctorbook.ValidationError](p.Validate())
	if bad == nil || len(bad.Fields) != 1 || !strings.Contains(bad.Fields[0].Problem, "from abroad") || strings.Contains(bad.Error(), "7946") {
		t.Errorf("Validate = %v, want to be told to write it as dialled from abroad, without the number", bad)
	}
}
