package preflight_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// A service that starts looks whether bookings will work. Here somebody has set a
// token that the provider does not know.
func ExampleCheck_Failed() {
	clock := proctorbooktest.NewClock(time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC))
	fakeProvider := proctorutest.NewServer(proctorutest.WithClock(clock))
	defer fakeProvider.Close()
	fakePlatform := edxtest.NewServer(edxtest.WithClock(clock))
	defer fakePlatform.Close()
	proctor, err := proctoru.NewClient(fakeProvider.URL, "token-of-last-year", proctoru.WithClock(clock))
	if err != nil {
		log.Fatal(err)
	}
	lms, err := edx.NewClient(fakePlatform.URL, edx.WithClientCredentials(fakePlatform.ClientID, fakePlatform.ClientSecret), edx.WithClock(clock))
	if err != nil {
		log.Fatal(err)
	}
	key := scheduling.UnlockKey{ID: "2027", Secret: []byte("32 random bytes out of the vault")}
	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, memstore.New(), scheduling.WithClock(clock), scheduling.WithUnlockKeys(key))
	if err != nil {
		log.Fatal(err)
	}

	for _, check := range s.Preflight(context.Background()) {
		switch {
		case check.Failed():
			fmt.Println(check.Code, check.Verdict, "- unauthorized:", errors.Is(check.Err, proctoru.ErrUnauthorized))
		case check.Verdict == preflight.VerdictWarning:
			fmt.Println(check.Code, check.Verdict)
		}
	}
	// Output:
	// store_schema warning
	// provider_access failed - unauthorized: true
}

// calendar is a part of a service that bookings need too.
type calendar struct{ err error }

func (c calendar) ping() error { return c.err }

// A check of your own, to print among the others.
func ExampleOf() {
	for _, c := range []calendar{{}, {errors.New("connection refused")}} {
		check := preflight.Of("calendar", c.ping())
		fmt.Println(check.Code, check.Verdict, check.Err)
	}
	// Output:
	// calendar ok <nil>
	// calendar failed connection refused
}
