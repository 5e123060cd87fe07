package scheduling_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

func TestProfileValidate(t *testing.T) {
	t.Parallel()
	usa := scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+12025550100", Country: "US", Address: "1 Main Street", City: "Springfield", State: "MA", PostalCode: "01101"}
	for name, tt := range map[string]struct {
		of     *scheduling.Profile
		change func(*scheduling.Profile)
		want   []string
	}{
		"the minimum":                    {change: func(*scheduling.Profile) {}},
		"nothing at all":                 {change: func(p *scheduling.Profile) { *p = scheduling.Profile{} }, want: []string{"GivenName", "FamilyName", "Phone", "Country"}},
		"blanks alone":                   {change: func(p *scheduling.Profile) { p.GivenName = " \t " }, want: []string{"GivenName"}},
		"50 characters, multibyte":       {change: func(p *scheduling.Profile) { p.GivenName = strings.Repeat("é", 50) }},
		"51 characters":                  {change: func(p *scheduling.Profile) { p.GivenName = strings.Repeat("x", 51) }, want: []string{"GivenName"}},
		"51 characters, multibyte":       {change: func(p *scheduling.Profile) { p.FamilyName = strings.Repeat("試", 51) }, want: []string{"FamilyName"}},
		"address of 100":                 {change: func(p *scheduling.Profile) { p.Address = strings.Repeat("ß", 100) }},
		"address of 101":                 {change: func(p *scheduling.Profile) { p.Address = strings.Repeat("ß", 101) }, want: []string{"Address"}},
		"city of 51":                     {change: func(p *scheduling.Profile) { p.City = strings.Repeat("x", 51) }, want: []string{"City"}},
		"state of 51":                    {change: func(p *scheduling.Profile) { p.State = strings.Repeat("x", 51) }, want: []string{"State"}},
		"postal code of 21":              {change: func(p *scheduling.Profile) { p.PostalCode = strings.Repeat("1", 21) }, want: []string{"PostalCode"}},
		"a line break in the name":       {change: func(p *scheduling.Profile) { p.GivenName = "Ada\nLovelace" }, want: []string{"GivenName"}},
		"a name that is not UTF-8":       {change: func(p *scheduling.Profile) { p.GivenName = "Ad\xff" }, want: []string{"GivenName"}},
		"a name that nobody sees":        {change: func(p *scheduling.Profile) { p.GivenName = "\u200b\u2060" }, want: []string{"GivenName"}},
		"a filler for a name":            {change: func(p *scheduling.Profile) { p.FamilyName = "\u3164" }, want: []string{"FamilyName"}},
		"a name that runs backwards":     {change: func(p *scheduling.Profile) { p.GivenName = "\u202eadA" }, want: []string{"GivenName"}},
		"an isolate in the city":         {change: func(p *scheduling.Profile) { p.City = "Par\u2067is\u2069" }, want: []string{"City"}},
		"a name with a joiner":           {change: func(p *scheduling.Profile) { p.GivenName = "می\u200cنا" }},
		"50 characters of two parts":     {change: func(p *scheduling.Profile) { p.GivenName = strings.Repeat("e\u0301", 50) }},
		"a paragraph in the name":        {change: func(p *scheduling.Profile) { p.GivenName = "Ada\u2029Lovelace" }, want: []string{"GivenName"}},
		"an e-mail address":              {change: func(p *scheduling.Profile) { p.Email = "ada@example.org" }},
		"no e-mail address":              {change: func(p *scheduling.Profile) { p.Email = "Ada" }, want: []string{"Email"}},
		"a long e-mail address":          {change: func(p *scheduling.Profile) { p.Email = strings.Repeat("a", 40) + "@example.org" }, want: []string{"Email"}},
		"a zone":                         {change: func(p *scheduling.Profile) { p.Zone = "Asia/Tokyo" }},
		"an unknown zone":                {change: func(p *scheduling.Profile) { p.Zone = "Europe/Atlantis" }, want: []string{"Zone"}},
		"the machine's zone":             {change: func(p *scheduling.Profile) { p.Zone = "Local" }, want: []string{"Zone"}},
		"a Windows zone":                 {change: func(p *scheduling.Profile) { p.Zone = "Romance Standard Time" }, want: []string{"Zone"}},
		"the US with an address":         {of: &usa, change: func(*scheduling.Profile) {}},
		"the US without a state":         {of: &usa, change: func(p *scheduling.Profile) { p.State = "" }, want: []string{"State"}},
		"the US without a postal code":   {of: &usa, change: func(p *scheduling.Profile) { p.PostalCode = " " }, want: []string{"PostalCode"}},
		"elsewhere without any of these": {change: func(p *scheduling.Profile) { p.Address, p.City, p.State, p.PostalCode = "", "", "", "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := profile
			if tt.of != nil {
				p = *tt.of
			}
			tt.change(&p)
			var want []string
			for _, field := range tt.want {
				want = append(want, "Profile."+field)
			}
			err := p.Validate()
			if got := problemsOf(err); !slices.Equal(got, want) {
				t.Errorf("problems = %q, want %q", got, want)
			}
			if err != nil && (strings.Contains(err.Error(), "Ada") || strings.Contains(err.Error(), "Atlantis")) {
				t.Errorf("error %q quotes what was typed", err)
			}
		})
	}
}

func FuzzProfile(f *testing.F) {
	f.Add("Ada", "+33 6 12 34 56 78", "Paris")
	f.Add("\u202eadA", "+44 (0)20 7946 0000", "\xff")
	f.Add("e\u0301", "+٣٣٦١٢٣٤٥٦٧٨", "\u3164")
	f.Fuzz(func(t *testing.T, name, phone, city string) {
		w := profile
		w.GivenName, w.Phone, w.City = name, phone, city
		if w.Validate() != nil {
			return
		}
		full := scheduling.Learner{ID: "4211", Email: "ada@example.org", Zone: "Europe/Paris", Profile: w}
		if full.Profile.Validate() != nil || strings.TrimSpace(name) == "" || strings.ContainsAny(name+city, "\n\x00\u202e") {
			t.Errorf("%q, %q, %q is accepted", name, phone, city)
		}
	})
}

// The platform's address may be longer than the provider takes: the profile's wins.
func TestProfileEmailWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("a", 50) + "@example.org"
	w.platform.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: long, Country: "FR", TimeZone: "Europe/Paris"})
	if _, err := w.Learner(t.Context(), "ada_l"); err != nil {
		t.Fatal(err)
	}
	status, err := w.Status(t.Context(), w.exam, w.learner)
	if err != nil || !slices.ContainsFunc(status.Reasons, func(r scheduling.Reason) bool { return slices.Contains(r.Fields, "email") }) {
		t.Fatalf("Status: %v, %v; want the e-mail address to be asked for", status.Reasons, err)
	}
	sent := w.listen()
	p := profile
	p.Email = " ada@example.org\u200b"
	if err := w.SaveProfile(t.Context(), w.learner, p); err != nil {
		t.Fatal(err)
	}
	w.booked(nine)
	if got := sent.last(create).Get("email"); got != "ada@example.org" {
		t.Errorf("sent %q, want the profile's address", got)
	}
	if l := w.record(); l.Email != long || l.Profile.Email != "ada@example.org" {
		t.Error("the record does not hold both addresses")
	}
}

// iso3166 are all countries of ISO 3166-1 alpha-2.
const iso3166 = `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ
NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`

// Exactly the codes of ISO 3166-1 are countries, and XK, which Kosovo uses for
// want of a code: Ireland, Korea and Armenia are, and AA, KS, IA, OI and TA, which
// an older list had for Armenia, Korea, Iran, Somalia and Tahiti, are not.
func TestCountries(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"XK": true}
	for _, code := range strings.Fields(iso3166) {
		known[code] = true
	}
	if len(known) != 250 {
		t.Fatalf("%d codes in the list, want 250", len(known))
	}
	p := scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Address: "a", City: "c", State: "s", PostalCode: "1"}
	var wrong []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			p.Country = string(a) + string(b)
			if (p.Validate() == nil) != known[p.Country] {
				wrong = append(wrong, p.Country)
			}
		}
	}
	if len(wrong) != 0 {
		t.Errorf("wrongly accepted or refused: %q", wrong)
	}
	for country, want := range map[string]bool{"fr": true, " ie ": true, "": false, "F": false, "FRA": false, "250": false, "ＦＲ": false, "F1": false} {
		p.Country = country
		if got := p.Validate() == nil; got != want {
			t.Errorf("country %q accepted = %v, want %v", country, got, want)
		}
	}
}

// record returns the newest record of the learner.
func (w *world) record() scheduling.Learner {
	w.t.Helper()
	l, err := w.store.Learner(w.t.Context(), w.learner, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// What people type around the data is taken out, where they can see it.
func TestSaveProfileNormalizes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.SaveProfile(t.Context(), w.learner, scheduling.Profile{
		GivenName: "  Ada ", FamilyName: "Example\t", Phone: " +33 (1) 00-00.00 00 ", Country: " fr", City: " Paris ", Zone: " Europe/Paris ",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR", City: "Paris", Zone: "Europe/Paris"}
	if got := w.record().Profile; got != want {
		t.Errorf("stored phone %q, country %q; want what was typed, cleaned", got.Phone, got.Country)
	}
}

// A change is a new version; saving the same again is none.
func TestSaveProfileKeepsVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.record()
	if err := w.SaveProfile(t.Context(), w.learner, profile); err != nil {
		t.Fatal(err)
	}
	if got := w.record(); got.Version != first.Version {
		t.Errorf("saved the same: version %d, want %d", got.Version, first.Version)
	}
	changed := profile
	changed.City = "Paris"
	if err := w.SaveProfile(t.Context(), w.learner, changed); err != nil {
		t.Fatal(err)
	}
	got := w.record()
	if got.Version != first.Version+1 || got.Profile.City != "Paris" || got.Username != "ada_l" || got.UpdatedAt != w.clock.Now() {
		t.Errorf("saved a change: version %d at %s, city %q, username %q", got.Version, got.UpdatedAt, got.Profile.City, got.Username)
	}
	old, err := w.store.Learner(t.Context(), w.learner, first.Version)
	if err != nil || old.Profile.City != "" {
		t.Errorf("the old version = city %q, %v; want it kept", old.Profile.City, err)
	}
}

func TestSaveProfileOfAnUnknownLearner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.SaveProfile(t.Context(), "4999", profile); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("SaveProfile = %v, want ErrNotFound", err)
	}
}

// A profile saved while a booking is open does not change what a repeat sends;
// the next booking sends the new one.
func TestOpenBookingKeepsItsProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	sent := w.listen(hasty)
	w.fault(proctorbooktest.Status500, create)
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	changed := profile
	changed.GivenName, changed.Phone = "Augusta", "+33199999999"
	if err := w.SaveProfile(t.Context(), w.learner, changed); err != nil {
		t.Fatal(err)
	}
	w.pass()
	w.wantAgreement(id)

	creates := sent.all(create)
	if len(creates) != 2 || !maps.EqualFunc(withoutTimeSent(creates[0]), withoutTimeSent(creates[1]), slices.Equal) {
		t.Fatalf("sent %d creates, want two that say the same", len(creates))
	}
	if b := w.booking(id); b.Profile >= w.record().Version {
		t.Errorf("the booking names version %d, want one before %d", b.Profile, w.record().Version)
	}
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); err != nil {
		w.pendingID(err)
		w.pass()
	}
	w.booked(noon)
	if got := sent.last(create); got.Get("first_name") != "Augusta" || got.Get("phone1") != "+33199999999" {
		t.Errorf("the next booking sent %q, %q; want the new profile", got.Get("first_name"), got.Get("phone1"))
	}
}

func TestLearnerFromThePlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.AddUser(edxtest.User{ID: 4300, Username: "plato", Name: "Plato", Email: "plato@example.org", Country: "GR", TimeZone: "Europe/Athens"})

	got, err := w.Learner(t.Context(), "plato")

	want := scheduling.Learner{ID: "4300", Version: 1, UpdatedAt: w.clock.Now(), Username: "plato", Name: "Plato", Email: "plato@example.org", Zone: "Europe/Athens"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("Learner = %v, %v; want %v with the account's data", got, err, want)
	}
	zone, err := got.Location()
	if err != nil || zone.String() != "Europe/Athens" {
		t.Errorf("Location = %v, %v; want Europe/Athens", zone, err)
	}
}

// Reading again takes over what changed on the platform, and keeps the profile.
func TestLearnerAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.record()
	again, err := w.Learner(t.Context(), "ada_l")
	if err != nil || again.Version != first.Version {
		t.Errorf("read again: version %d, %v; want %d: nothing has changed", again.Version, err, first.Version)
	}
	w.platform.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@new.example.org", TimeZone: "Asia/Tokyo"})
	got, err := w.Learner(t.Context(), "ada_l")
	if err != nil || got.Version != first.Version+1 || got.Email != "ada@new.example.org" || got.Zone != "Asia/Tokyo" || got.Profile != first.Profile {
		t.Errorf("after a change: version %d, zone %q, %v; want a new version with the old profile", got.Version, got.Zone, err)
	}
}

// A zone that the table has and no machine any more is loaded by another name, and
// slots are found in it.
func TestZoneThatNoMachineHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := profile
	p.Zone = "US/Pacific-New"
	if err := w.SaveProfile(t.Context(), w.learner, p); err != nil {
		t.Fatal(err)
	}
	if zone, err := w.record().Location(); err != nil || zone.String() != "America/Los_Angeles" {
		t.Errorf("Location = %v, %v; want America/Los_Angeles", zone, err)
	}
	if status, err := w.Status(t.Context(), w.exam, w.learner); err != nil || !status.May(scheduling.ActionBook) {
		t.Errorf("Status: %v, %v; want to be allowed to book", status.Reasons, err)
	}
	if got := w.slots(scheduling.SlotQuery{}); len(got) == 0 {
		t.Error("no slots")
	}
	w.booked(nine)
}

// A zone that is not set is missing; none is guessed.
func TestLearnerWithoutAZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live("")
	if _, err := w.record().Location(); !errors.Is(err, edx.ErrNoTimeZone) {
		t.Errorf("Location = %v, want ErrNoTimeZone", err)
	}
	status, err := w.Status(t.Context(), w.exam, w.learner)
	if err != nil || !slices.Equal(fieldsOf(status.Reasons), []string{"zone"}) {
		t.Errorf("Status reasons = %v, %v; want the field zone", status.Reasons, err)
	}
	p := profile
	p.Zone = "America/New_York"
	if err := w.SaveProfile(t.Context(), w.learner, p); err != nil {
		t.Fatal(err)
	}
	if status, err = w.Status(t.Context(), w.exam, w.learner); err != nil || !status.May(book) {
		t.Errorf("with a zone in the profile: %v, %v; want that booking is allowed", status.Reasons, err)
	}
}

// The platform's zone may be one that the provider has no word for.
func TestLearnerInAnUnknownZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live("Europe/Atlantis")
	status, err := w.Status(t.Context(), w.exam, w.learner)
	if err != nil || !slices.Equal(fieldsOf(status.Reasons), []string{"zone"}) {
		t.Errorf("Status reasons = %v, %v; want the field zone", status.Reasons, err)
	}
	if _, err := w.Book(t.Context(), w.exam, w.learner, nine); !refused(err) {
		t.Errorf("Book = %v, want NotAllowedError", err)
	}
}

func TestLearnerErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		username string
		prepare  func(w *world)
		want     error
	}{
		"nobody of that name":     {"nobody", func(*world) {}, edx.ErrUserUnknown},
		"an impossible name":      {"../staff", func(*world) {}, proctorbook.ErrNotDone},
		"accounts fail":           {"bob", func(w *world) { w.platformFails("accounts") }, edx.ErrUnavailable},
		"preferences fail":        {"bob", func(w *world) { w.platformFails("preferences") }, edx.ErrUnavailable},
		"no token for the client": {"bob", func(w *world) { w.platformFails("access_token") }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.platform.AddUser(edxtest.User{ID: 4212, Username: "bob"}) // whom the store does not know
			w.clock.Advance(2 * 3600e9)                                 // the token has expired
			tt.prepare(w)
			version := w.record().Version
			_, err := w.Learner(t.Context(), tt.username)
			if err == nil || (tt.want != nil && !errors.Is(err, tt.want)) {
				t.Errorf("Learner = %v, want %v", err, tt.want)
			}
			if got := w.record().Version; got != version {
				t.Errorf("the record is at version %d, want %d", got, version)
			}
		})
	}
}

func (w *world) platformFails(endpoint string) {
	w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: endpoint, Times: -1})
}

// A service user who is not staff sees no id: learners can't be told apart.
func TestLearnerWithoutAnID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.AddUser(edxtest.User{ID: 4400, Username: "service", Name: "Service", Email: "service@example.org"})
	w.platform.AddClient("weak", "weak-secret", "service")
	client, err := edx.NewClient(proctorbooktest.InProcessURL, edx.WithClientCredentials("weak", "weak-secret"),
		edx.WithTransport(proctorbooktest.InProcess(w.platform)), edx.WithClock(w.clock), edx.WithLimiter(freely{}))
	if err != nil {
		t.Fatal(err)
	}
	w.edx = client
	_, err = w.replica().Learner(t.Context(), "ada_l")
	if !errors.Is(err, platform.ErrNoAccountID) || !strings.Contains(err.Error(), "global staff") {
		t.Errorf("Learner = %v, want ErrNoAccountID, which names the right that is missing", err)
	}
}

// A change of zone moves no instant: the learner sees other digits, and the
// booking stands.
func TestChangeOfZoneMovesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.booked(nine)
	before, err := w.Status(t.Context(), w.exam, w.learner)
	if err != nil {
		t.Fatal(err)
	}
	for _, zone := range []string{"America/Los_Angeles", "Asia/Kathmandu", "Pacific/Kiritimati", "Europe/Paris"} {
		moved := profile
		moved.Zone = zone
		if err := w.SaveProfile(t.Context(), w.learner, moved); err != nil {
			t.Fatal(err)
		}
		got, err := w.Status(t.Context(), w.exam, w.learner)
		if err != nil || !got.StartsAt.Equal(nine) || !got.EndsAt.Equal(before.EndsAt) || !got.StartableAt.Equal(before.StartableAt) || !got.CanKeep {
			t.Errorf("%s: starts %s, can keep %v, %v; want the same instants, and to keep them", zone, got.StartsAt, got.CanKeep, err)
		}
		own := false
		for _, slot := range w.slots(scheduling.SlotQuery{From: dateOf(nine), To: dateOf(nine), For: b.ID}) {
			own = own || slot.Start.Equal(nine)
		}
		if !own {
			t.Errorf("%s: the day of the booking does not offer its own start", zone)
		}
	}
	w.wantAgreement(b.ID)
}

// Fields that the learner did not fill in are not sent, and nothing is made up.
func TestOptionalProfileOnTheWire(t *testing.T) {
	t.Parallel()
	fields := []string{"address1", "city", "state", "zipcode"}
	for name, tt := range map[string]struct {
		profile scheduling.Profile
		want    []string
	}{
		"France, the minimum": {profile, []string{"", "", "", ""}},
		"United States": {scheduling.Profile{
			GivenName: "Ada", FamilyName: "Example", Phone: "+12025550100", Country: "US",
			Address: "1 Main Street", City: "Springfield", State: "MA", PostalCode: "01101",
		}, []string{"1 Main Street", "Springfield", "MA", "01101"}},
	} {
		w := newWorld(t)
		if err := w.SaveProfile(t.Context(), w.learner, tt.profile); err != nil {
			t.Fatal(err)
		}
		sent := w.listen()
		w.booked(nine)
		got := sent.last(create)
		for i, field := range fields {
			if got.Get(field) != tt.want[i] || got.Has(field) != (tt.want[i] != "") {
				t.Errorf("%s: %s = %q (sent: %v), want %q", name, field, got.Get(field), got.Has(field), tt.want[i])
			}
		}
	}
}

// Without a zone there are no days: none is guessed.
func TestSlotsNeedAZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live("")
	_, err := w.slotsOrError(scheduling.SlotQuery{})
	if bad, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || bad.Fields[0].Field != "Profile.Zone" {
		t.Errorf("Slots = %v, want a ValidationError that names Profile.Zone", err)
	}
	w.learner = "4999"
	if _, err := w.slotsOrError(scheduling.SlotQuery{}); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("Slots of an unknown learner = %v, want ErrNotFound", err)
	}
	if n := w.slotCalls(); n != 0 {
		t.Errorf("asked the provider %d times, want not at all", n)
	}
}

// The zone of the profile goes before the platform's.
func TestSlotsInTheProfilesZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.quarterHours()
	p := profile
	p.Zone = "Asia/Tokyo"
	if err := w.SaveProfile(t.Context(), w.learner, p); err != nil {
		t.Fatal(err)
	}
	at := inZone(t, "Asia/Tokyo", "2027-01-13T08:30")
	if got := w.slots(scheduling.SlotQuery{From: dateOf(at), To: dateOf(at)}); len(got) != 96 || !got[0].Start.Equal(utc(t, "2027-01-12T15:00")) {
		t.Errorf("%d slots from %s, want Tokyo's day", len(got), got[0].Start)
	}
}
