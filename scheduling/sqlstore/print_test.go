package sqlstore_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/internal/canary"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// Nothing of this package prints more than names of settings, ids and codes. The
// database itself, with its data source name, is behind a pointer of database/sql.
func TestNothingPrintsSecrets(t *testing.T) {
	t.Parallel()
	mayBeSeen := []string{
		"sqlstore.Dialect", "sqlstore.Store.namespace", "sqlstore.Error.Op", "sqlstore.Error.Code", "sqlstore.Setting.Name", "sqlstore.Setting.Have", "sqlstore.Setting.Want",
		"sqlstore.SettingsError.DSN", "sqlstore.NamespaceError.Have", "sqlstore.NamespaceError.Want", "scheduling.BookingID",
	}
	for _, printed := range []reflect.Type{
		reflect.TypeFor[sqlstore.Store](), reflect.TypeFor[sqlstore.Dialect](), reflect.TypeFor[sqlstore.Error](), reflect.TypeFor[sqlstore.Setting](),
		reflect.TypeFor[sqlstore.SettingsError](), reflect.TypeFor[sqlstore.SchemaError](), reflect.TypeFor[sqlstore.NamespaceError](),
	} {
		for _, bird := range canary.Look(printed) {
			if len(bird.Seen) > 0 && !slices.Contains(mayBeSeen, bird.Where) {
				t.Errorf("%s shows %s in %v", printed, bird.Where, bird.Seen)
			}
		}
	}
}
