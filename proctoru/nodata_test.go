package proctoru_test

import (
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// A list that did not come is ErrNoList, also of a service that has nothing to list.
func TestListsThatDidNotCome(t *testing.T) {
	t.Parallel()
	for _, kind := range []proctorbooktest.FaultKind{proctorutest.DataNull, proctorutest.DataMissing} {
		clock := proctorbooktest.NewClock(now)
		fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock))
		client, err := proctoru.NewClient(proctorbooktest.InProcessURL, fake.Token, proctoru.WithTransport(proctorbooktest.InProcess(fake)), proctoru.WithClock(clock))
		if err != nil {
			t.Fatal(err)
		}
		for endpoint, list := range map[string]func() error{
			"getInstitutionDepartmentList": func() error { return drop(client.Exams.Departments(t.Context())) },
			"accommodations":               func() error { return drop(client.Students.Accommodations(t.Context())) },
		} {
			if err := list(); err != nil {
				t.Errorf("%s = %v, want an empty list", endpoint, err)
			}
			fake.Fault(proctorbooktest.Fault{Kind: kind, Endpoint: endpoint})
			if err := list(); !errors.Is(err, proctoru.ErrNoList) {
				t.Errorf("%s with %s = %v, want ErrNoList", endpoint, kind, err)
			}
		}
	}
}
