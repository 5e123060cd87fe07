package proctorbook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/internal/canary"
)

// Each exported type is printed here with a canary in every text that it holds, by value
// and by pointer, by each verb of fmt, in both forms of slog, in JSON and in gob:
//
//   - a secret is seen in none of them;
//   - what a person is called, where they are to be found, and what people wrote about
//     them, is seen neither by fmt nor in a log. It is in JSON and gob, by which these
//     types are kept and sent;
//   - what mayBeSeen lists is seen everywhere: it is neither.
//
// Packages for tests are left out: their people are made up.
var forTestsOnly = []string{"edx/edxtest", "proctoru/proctorutest", "proctoru/replaytest", "proctorbooktest", "scheduling/simulation", "scheduling/storetest", "scheduling/openedx/storetest"}

// mayBeSeen lists what is neither secret nor about a person: named types, and fields of
// structs. A star stands for all fields but those with a telling name, which are
// listed one by one, each with a reason.
var mayBeSeen = strings.Fields(`
	scheduling.NewerDocumentError.Members
	cohort.Code
	backend.AttemptID backend.Config.* backend.Exam.* backend.ExamID backend.Failure.Call backend.Instructions.* backend.LinkID.* backend.Platform.ClientID backend.PlatformID backend.UserID
	edx.AllowanceKey edx.AttemptStatus edx.CourseRole edx.ExamKind edx.Mode edx.Pacing edx.Reason edx.Verdict
	edx.AssignmentPolicy.* edx.Course.* edx.CourseBlock.* edx.CourseDetails.* edx.CourseMedia.* edx.CourseMode.* edx.CreateModeParams.* edx.UpdateModeParams.*
	edx.CourseKey.text edx.UsageKey.text
	edx.EnrollmentAttribute.* edx.Exam.* edx.ExamConfig.* edx.ExamProvider.* edx.ExamSettings.* edx.GradingInfo.*
	edx.Error.Op edx.Error.problem edx.SignInError.Problem
	edx.ListExamAttemptsParams.Cursor edx.ListGradesParams.Cursor
	edx.Onboarding.* edx.RoleInCourse.* edx.SectionScore.* edx.TimeZone.* edx.Verification.*
	edx.core.host edx.core.examsHost
	lists.Discrepancy.Differs lists.DiscrepancyKind lists.WhyNotBooked lists.CSVWriter.mark lists.SessionRow.Grade
	openedx.Settings.* openedx.Trouble openedx.Browser.* openedx.Visit.*
	metrics.Kind metrics.Name metrics.Measurement.* metrics.Metric.*
	platform.Account.ID
	platform.Grant.AccountID
	preflight.Check.Data preflight.Code preflight.Verdict
	problem.FieldError.* problem.Problem.* problem.Type
	proctorbook.Event.Op proctorbook.EventKind proctorbook.EventOutcome proctorbook.FieldError.* proctorbook.ValidationError.Op
	proctoru.Accommodation.* proctoru.Choice proctoru.Department.* proctoru.Environment proctoru.Exam.* proctoru.Money proctoru.Reason
	proctoru.ActivityParams.* proctoru.BeginReservationParams.* proctoru.BookableExamsParams.* proctoru.ListExamsParams.*
	proctoru.ListReservationsParams.* proctoru.MoveReservationParams.* proctoru.PendingParams.* proctoru.SlotsParams.*
	proctoru.CreateRecordPlusParams.ExamID proctoru.CreateReservationParams.ID proctoru.LaunchExamParams.ExamID proctoru.SaveExamParams.ID
	proctoru.Error.Op proctoru.ReportError.Op proctoru.RecordPlusSession.UUID proctoru.ReportEvent.What proctoru.Reservation.ID
	proctoru.ReservationNo proctoru.ReservationStatus proctoru.SavedExam.ID proctoru.SavedInstitutionUser.Institution proctoru.SecretURL.shown proctoru.StudentImage.ContentType
	proctoru.Term.* proctoru.TermsOfService.Text proctoru.TimeZone.* proctoru.UserRole proctoru.WebhookEvent.ID proctoru.WebhookEvent.Type proctoru.WebhookFormat proctoru.WhitelistURL.URL
	proctoru.settings.equipmentCheckURL proctoru.settings.launchHosts proctoru.settings.returnHosts
	provider.Activity.* provider.AnswerKind provider.Call.ReservationID provider.EvidenceSource provider.ProctorU.StudentPrefix provider.Listed.* provider.Person.ID provider.Refusal provider.Tally.* provider.Trouble.Call provider.TroubleKind
	scheduling.Action scheduling.Actor scheduling.Advice scheduling.BookingID scheduling.ClaimQuery.Owner scheduling.Code.KeyID scheduling.CodeRule scheduling.CodeVia scheduling.Cursor scheduling.Decision
	scheduling.EventType scheduling.Exam.* scheduling.Fact scheduling.FailureCode scheduling.Consumer.Name scheduling.HeldQuery.Consumer scheduling.Job.Data scheduling.Job.Name scheduling.LearnerID scheduling.Lease.Owner scheduling.Loss scheduling.NextStep scheduling.Op
	scheduling.Presence scheduling.Purpose scheduling.Reason.Fields scheduling.ReasonCode scheduling.Setting scheduling.State scheduling.SweepMode scheduling.UnlockKey.ID scheduling.Verdict

	backend.Config.Name backend.Exam.Name edx.Course.Name edx.CourseBlock.Name edx.CourseDetails.Name edx.CourseMode.Name edx.CreateModeParams.Name edx.UpdateModeParams.Name edx.Exam.Name edx.SectionScore.Name
	edx.EnrollmentAttribute.Name edx.ExamProvider.DisplayName edx.ExamProvider.Name edx.ExamSettings.PlatformName edx.ExamSettings.ProviderName edx.TimeZone.Name
	proctoru.Department.Name proctoru.Term.Name proctoru.TimeZone.DisplayName scheduling.Exam.Name
	edx.ExamConfig.EscalationEmail edx.ExamSettings.EscalationEmail edx.ExamSettings.IntegrationEmail edx.ExamSettings.SupportEmail edx.ExamSettings.SupportPhone
	edx.ExamSettings.NotificationsFrom
	scheduling.Exam.ProctorNotes openedx.Settings.ProctorNotes proctoru.WebhookClaim.Token
`)

// The last lines are titles of things, addresses of the institution's and the provider's
// offices, what an exam office tells every proctor, and the mark of a claim, which opens
// nothing.

// telling matches names of fields that a star does not cover.
var telling = regexp.MustCompile(`(?i)secret|token|passw|credential|mail|phone|user|person|learnername|address|birth|gender|bio$|notes|comment|explan|name$|^by$`)

// secrets lists what no form may show: fields that are secret, and whose texts are not
// ours. Unexported fields are secret unless they may be seen.
var secrets = strings.Fields(`
	backend.Secret proctoru.Secret proctoru.RawJSON scheduling.UnlockKey.Secret
	edx.Error.Detail edx.Error.DeveloperMessage edx.Error.UserMessage edx.Error.Fields edx.Error.Code edx.Error.UserMessageURL edx.Error.Raw edx.RowError.Raw
	edx.SignInError.Code
	scheduling.PanicError.Value scheduling.PanicError.Stack
`)

// documents lists the types of which the JSON form of slog writes the whole document:
// slog asks only the outermost value how it wants to be logged.
var documents = strings.Fields(`
	cohort.Result lists.Reminder lists.SessionRow provider.Trouble scheduling.ProtocolMemory scheduling.Affected scheduling.Booking scheduling.Explanation scheduling.Launch
`)

func mayShow(where string) bool {
	if slices.Contains(mayBeSeen, where) {
		return true
	}
	at := strings.LastIndex(where, ".") + 1
	return slices.Contains(mayBeSeen, where[:at]+"*") && !telling.MatchString(where[at:])
}

func isSecret(where string) bool {
	field := where[strings.LastIndex(where, ".")+1:]
	return slices.Contains(secrets, where) || !ast.IsExported(field)
}

func TestNothingPrintsSecrets(t *testing.T) {
	t.Parallel()
	compareWithCode(t)
	used, whole := map[string]bool{}, map[string]bool{}
	for _, printed := range printed {
		for _, bird := range canary.Look(printed) {
			for _, form := range bird.Seen {
				inLogs := form == canary.FormText || form == canary.FormSlog && !slices.Contains(documents, canary.Name(printed))
				used[bird.Where] = true
				if form == canary.FormSlog && !inLogs && !mayShow(bird.Where) {
					whole[canary.Name(printed)] = true
				}
				switch {
				case mayShow(bird.Where):
				case isSecret(bird.Where):
					t.Errorf("%s shows %s in %s: it is a secret: mask it, or say in mayBeSeen that it is none", printed, bird.Where, form)
				case inLogs:
					t.Errorf("%s shows %s in %s: give it a Format and a LogValue that hide it, or say in mayBeSeen that it is not about a person", printed, bird.Where, form)
				}
			}
		}
	}
	for _, name := range documents {
		if !whole[name] {
			t.Errorf("%s is in documents, and is not logged as one: take it out", name)
		}
	}
	for _, where := range mayBeSeen {
		if !strings.HasSuffix(where, "*") && !used[where] {
			t.Errorf("%s is in mayBeSeen, and never seen: take it out", where)
		}
	}
}

// compareWithCode checks that the list of types is that of the code.
func compareWithCode(t *testing.T) {
	t.Helper()
	var listed []string
	for _, printed := range printed {
		listed = append(listed, canary.Name(printed))
	}
	code := exportedTypes(t)
	for _, name := range code {
		if !slices.Contains(listed, name) {
			t.Errorf("%s is not in the list of house_types_test.go: add it, and see what it prints", name)
		}
	}
	for _, name := range listed {
		if !slices.Contains(code, name) {
			t.Errorf("%s is in the list of house_types_test.go, and not in the code", name)
		}
	}
}

// exportedTypes returns the types of the module's packages that users import, but for
// interfaces and functions, which hold nothing that is printed.
func exportedTypes(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		path = filepath.ToSlash(path)
		if err != nil || d.IsDir() {
			if d.IsDir() && leftOut(path) {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if ok && spec.Name.IsExported() && holdsValues(spec) {
				names = append(names, file.Name.Name+"."+spec.Name.Name)
			}
			_, isFunc := n.(*ast.FuncDecl)
			return !isFunc
		})
		return nil
	})
	if err != nil || len(names) < 100 {
		t.Fatalf("found %d types: %v", len(names), err)
	}
	return names
}

func holdsValues(spec *ast.TypeSpec) bool {
	switch spec.Type.(type) {
	case *ast.InterfaceType, *ast.FuncType:
		return false
	}
	return !spec.Assign.IsValid()
}

// leftOut reports whether a folder holds no packages of the module that users import.
func leftOut(path string) bool {
	if path == "." {
		return false
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil || slices.Contains([]string{".git", "internal", "examples", "testdata", "docs"}, filepath.Base(path)) || slices.Contains(forTestsOnly, path)
}
