package simulation_test

import (
	"os"
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling/simulation"
)

// seedsEach is how many schedules are played under each variant unless
// PROCTORBOOK_SEEDS_VARIANTS says otherwise.
func seedsEach() int {
	switch {
	case simulation.RaceEnabled:
		return 2
	case testing.Short():
		return 5
	}
	return 60
}

// elsewhere are the variants under which every schedule goes as without them, and why.
var elsewhere = map[string]string{
	proctorutest.VariantBadKey:            "the key is always right",
	proctorutest.VariantTimeSentFormat:    "the client writes time_sent in the form that all take",
	proctorutest.VariantErrorCounterScope: "the errors of a schedule stay far below any limit",
	proctorutest.VariantLocalStartDate:    "a member of listed slots that no booking reads",
	proctorutest.VariantMissingFields:     "the client leaves no required field out",
	proctorutest.VariantLongValues:        "the client cuts values itself",
	proctorutest.VariantBlueBirdAnswer:    "another kind of exam",
	proctorutest.VariantRecordPlusAnswer:  "another kind of exam",
	proctorutest.VariantZoneNames:         "bookings send Windows names, which all know",
	proctorutest.VariantZoneDescription:   "bookings don't read the list of time zones",
	proctorutest.VariantTrailingSlash:     "the client sends none",
	proctorutest.VariantReadMethods:       "the client reads by the documented ones",
	proctorutest.VariantEndpointCase:      "the client writes names as documented",
	proctorutest.VariantBlankValues:       "bookings leave blank values out",
	proctorutest.VariantTakeItNow:         "no booking of the schedules is on demand",
	proctorutest.VariantExamDates:         "bookings are ad-hoc: they make no exams",
	proctorutest.VariantExamSlots:         "bookings are ad-hoc: they list no exam's slots",
	proctorutest.VariantSlotsWithoutExam:  "bookings list with isadhoc=Y",
	proctorutest.VariantDateAlone:         "bookings list from an instant",
	proctorutest.VariantDepartmentList:    "bookings don't read departments",
}

// Seeds draw several variants at once, the rare ones rarely. Here each answer to each
// open question about the provider is played in every schedule, and so are the two
// faults that are drawn in place of another.
func TestSeedsUnderEachVariant(t *testing.T) {
	if os.Getenv("PROCTORBOOK_STOP") != "" {
		t.Skip("only one violation is looked for")
	}
	for _, v := range proctorutest.Variants() {
		if elsewhere[v.Name] != "" {
			continue
		}
		for _, alternative := range slices.Concat([]string{v.Default}, v.Alternatives) {
			t.Run(v.Name+"="+alternative, func(t *testing.T) {
				c := forcing(v.Name + "=" + alternative)
				c.ForceVariant(v.Name, alternative)
				t.Log(simulation.Run(t, c))
			})
		}
	}
	for _, kind := range []proctorbooktest.FaultKind{proctorutest.DataMissing, proctorutest.OtherID} {
		t.Run("fault="+string(kind), func(t *testing.T) {
			c := forcing("fault=" + string(kind))
			c.ForceFault(kind)
			r := simulation.Run(t, c)
			t.Log(r)
			if n := r.Happened("fault", string(kind)); n < r.Seeds/4 { // unforced seeds have one in a hundred schedules, or fewer
				t.Errorf("the fault struck %d times in %d schedules", n, r.Seeds)
			}
		})
	}
}

func forcing(name string) simulation.Config {
	return simulation.Config{Store: name, Open: memory, Seeds: seedsEach(), SeedsEnv: "PROCTORBOOK_SEEDS_VARIANTS"}
}

// What is left out above really changes nothing. A variant that is new is played above,
// until it is known to be one of these.
func TestVariantsElsewhereChangeNothing(t *testing.T) {
	if simulation.RaceEnabled {
		t.Skip("compares counts: nothing for the race detector")
	}
	t.Setenv("PROCTORBOOK_SEEDS_VARIANTS", "20")
	plain := simulation.Run(t, forcing("no variant"))
	known := map[string]bool{}
	for _, v := range proctorutest.Variants() {
		known[v.Name] = true
		if elsewhere[v.Name] == "" {
			continue
		}
		for _, alternative := range v.Alternatives {
			c := forcing(v.Name + "=" + alternative)
			c.ForceVariant(v.Name, alternative)
			if r := simulation.Run(t, c); !r.SameAs(plain) {
				t.Errorf("%s=%s changes what happens: play it with the others", v.Name, alternative)
			}
		}
	}
	for name := range elsewhere {
		if !known[name] {
			t.Errorf("there is no variant %q", name)
		}
	}
}
