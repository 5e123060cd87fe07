package edx

import (
	"context"
	"errors"
	"html"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Pacing is who sets the pace of a course. The platform may have others.
type Pacing string

// The paces that the platform has today.
const (
	PacingInstructor Pacing = "instructor" // dates for all
	PacingSelf       Pacing = "self"       // learners go at their own pace
)

// Course is one run of a course. A time that is not set is the zero time; all are
// UTC.
type Course struct {
	Key              CourseKey   // names the course run
	Name             string      // plain text
	Number           string      // of the course, such as "CS101"
	Org              string      // short name of the organization
	ShortDescription string      // plain text for catalogues
	Effort           string      // free text, such as "4 h/week"
	Overview         string      // HTML; only from Get
	Start, End       time.Time   // when the course runs
	StartDisplay     string      // prose in the platform's language, not to be parsed
	StartType        string      // where StartDisplay comes from: "timestamp" (Start), "string" (somebody wrote it), or "empty"
	EnrollmentStart  time.Time   // from when one can enroll
	EnrollmentEnd    time.Time   // until when one can enroll
	CertificateFrom  time.Time   // when certificates become visible; only from Get
	Pacing           Pacing      // who sets the pace
	Hidden           bool        // not in the catalogue
	InvitationOnly   bool        // false also in releases that don't tell
	MobileAvailable  bool        // in the mobile app
	Enrolled         *bool       // whether the user of the params is; nil if the platform does not tell
	Media            CourseMedia // its pictures and video
	BlocksURL        string      // of the course's outline
	Problem          *RowError   `json:",omitempty"` // what could not be read; nil if everything was
}

// CourseMedia tells where a course's pictures are. URIs are relative to the
// platform.
type CourseMedia struct {
	BannerURI, BannerURL       string // wide picture: relative, and as a whole URL
	ImageURI                   string // the course's picture in its own size
	VideoURI                   string // "" if there is none
	RawURL, SmallURL, LargeURL string // the image in three sizes
}

// courseWire is a course as the platform sends it.
type courseWire struct {
	row
	ID               CourseKey  `json:"id"`
	OldID            CourseKey  `json:"course_id"`
	Name             textValue  `json:"name"`
	Number           textValue  `json:"number"`
	Org              textValue  `json:"org"`
	ShortDescription textValue  `json:"short_description"`
	Effort           textValue  `json:"effort"`
	Overview         textValue  `json:"overview"`
	Start            timeValue  `json:"start"`
	End              timeValue  `json:"end"`
	StartDisplay     textValue  `json:"start_display"`
	StartType        textValue  `json:"start_type"`
	EnrollmentStart  timeValue  `json:"enrollment_start"`
	EnrollmentEnd    timeValue  `json:"enrollment_end"`
	CertificateFrom  timeValue  `json:"certificate_available_date"`
	Pacing           textValue  `json:"pacing"`
	Hidden           flagValue  `json:"hidden"`
	InvitationOnly   flagValue  `json:"invitation_only"`
	MobileAvailable  flagValue  `json:"mobile_available"`
	Enrolled         *flagValue `json:"is_enrolled"`
	Media            mediaWire  `json:"media"`
	BlocksURL        textValue  `json:"blocks_url"`
}

type mediaWire struct {
	Banner struct {
		URI textValue `json:"uri"`
		URL textValue `json:"uri_absolute"`
	} `json:"banner_image"`
	Image struct {
		URI textValue `json:"uri"`
	} `json:"course_image"`
	Video struct {
		URI textValue `json:"uri"`
	} `json:"course_video"`
	Sizes struct {
		Raw   textValue `json:"raw"`
		Small textValue `json:"small"`
		Large textValue `json:"large"`
	} `json:"image"`
}

func (w courseWire) key() CourseKey {
	if w.ID.IsZero() {
		return w.OldID
	}
	return w.ID
}

func (w courseWire) missing() string {
	if w.key().IsZero() {
		return "id"
	}
	return ""
}

func (w courseWire) course() Course {
	return Course{
		Key:    w.key(),
		Name:   html.UnescapeString(string(w.Name)), // escaped here, though not by the enrollment API
		Number: string(w.Number), Org: string(w.Org),
		ShortDescription: string(w.ShortDescription), Effort: string(w.Effort), Overview: string(w.Overview),
		Start: w.Start.Time, End: w.End.Time, StartDisplay: string(w.StartDisplay), StartType: string(w.StartType),
		EnrollmentStart: w.EnrollmentStart.Time, EnrollmentEnd: w.EnrollmentEnd.Time,
		CertificateFrom: w.CertificateFrom.Time,
		Pacing:          pacingOf(w.Pacing), Hidden: bool(w.Hidden),
		InvitationOnly: bool(w.InvitationOnly), MobileAvailable: bool(w.MobileAvailable),
		Enrolled: (*bool)(w.Enrolled), Media: w.Media.media(), BlocksURL: string(w.BlocksURL), Problem: w.problem,
	}
}

func (w mediaWire) media() CourseMedia {
	return CourseMedia{
		BannerURI: string(w.Banner.URI), BannerURL: string(w.Banner.URL),
		ImageURI: string(w.Image.URI), VideoURI: string(w.Video.URI),
		RawURL: string(w.Sizes.Raw), SmallURL: string(w.Sizes.Small), LargeURL: string(w.Sizes.Large),
	}
}

// pacingOf brings the words of the enrollment API to those of the courses API.
func pacingOf(text textValue) Pacing {
	switch text {
	case "Instructor Paced":
		return PacingInstructor
	case "Self Paced":
		return PacingSelf
	}
	return Pacing(text)
}

// CoursesService reads course runs.
type CoursesService struct{ core *core }

const coursesPath = "/api/courses/v1/courses/"

// GetCourseParams are the parameters of [CoursesService.Get].
type GetCourseParams struct {
	// Username is the user with whose rights the course is read. Empty is an
	// anonymous visitor, to whom many courses are not visible. A name other than
	// the client's own needs a client that is staff.
	Username string
}

// ListCoursesParams are the parameters of [CoursesService.List].
type ListCoursesParams struct {
	Username   string      // as in [GetCourseParams]: empty sees only the public catalogue
	Org        string      // of this organization, whatever the case; "" is all
	SearchTerm string      // where the platform has course search
	ActiveOnly bool        // those that have not ended
	Mobile     *bool       // those that are, or are not, in the mobile app; nil is all
	Keys       []CourseKey // these alone; none is all

	PageSize int    // 1 to 100; 0 is the platform's default, 10
	Cursor   string // Next of the page before; "" is the first page
}

// Get returns one run of a course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is no such course or the user of the params may not see
// it, and with [ErrForbidden] if the client may not use that user's rights.
//
// Endpoint: GET /api/courses/v1/courses/{course}.
func (s *CoursesService) Get(ctx context.Context, course CourseKey, params GetCourseParams) (*Course, error) {
	query := url.Values{}
	answer, err := fetch[courseWire](ctx, s.core, operation{
		name: "Courses.Get", input: all(checkCourse(course), setViewer(query, params.Username)),
		path: coursesPath + course.path(), query: query,
	})
	if err != nil {
		return nil, err
	}
	found := answer.course()
	return &found, nil
}

// List returns one page of the courses that the user of the params can see. Its
// Total is an estimate, and a page may be shorter than asked for: only Next tells
// whether there are more. A cursor past the end is an empty page.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden] if the client may not use that user's rights.
//
// Endpoint: GET /api/courses/v1/courses/.
func (s *CoursesService) List(ctx context.Context, params ListCoursesParams) (*Page[Course], error) {
	op := operation{name: "Courses.List", path: coursesPath, query: url.Values{}, long: true}
	op.input = all(params.check(), setPage(op.query, "page", params.Cursor, params.PageSize, 100))
	// The platform takes the filters in a form too, and so more keys than fit into a URL.
	if filters := params.filters(); len(params.Keys) > maxKeysInURL {
		op.method, op.form = http.MethodPost, filters
	} else {
		addAll(op.query, filters)
	}
	answer, err := fetch[pageWire[courseWire]](ctx, s.core, op)
	if pastEnd(params.Cursor, err) {
		return &Page[Course]{}, nil
	}
	if err != nil {
		return nil, err
	}
	return pageOf(s.core, op, answer, "page", courseWire.course)
}

// All yields all courses that the user of the params can see, page by page; it
// fails as List does, with the error as the last thing that it yields.
//
// Endpoint: GET /api/courses/v1/courses/.
func (s *CoursesService) All(ctx context.Context, params ListCoursesParams) iter.Seq2[Course, error] {
	return pages("Courses.All", params.Cursor, func(cursor string) (*Page[Course], error) {
		next := params
		next.Cursor = cursor
		return s.List(ctx, next)
	})
}

// maxKeysInURL is how many keys of the longest kind leave room in a URL of 8 KiB.
const maxKeysInURL = 20

func (p ListCoursesParams) check() faults {
	var keys faults
	for _, key := range p.Keys {
		keys = append(keys, checkCourse(key)...)
	}
	return all(
		keys,
		checkOptional("organization", p.Org, maxKeyChars),
		checkOptional("search term", p.SearchTerm, maxKeyChars),
		setViewer(url.Values{}, p.Username),
	)
}

func (p ListCoursesParams) filters() url.Values {
	filters := url.Values{}
	setText(filters, "username", p.Username)
	setText(filters, "org", p.Org)
	setText(filters, "search_term", p.SearchTerm)
	if p.ActiveOnly {
		filters.Set("active_only", "true")
	}
	if p.Mobile != nil {
		filters.Set("mobile", strconv.FormatBool(*p.Mobile))
	}
	for _, key := range p.Keys {
		filters.Add("course_keys", key.String())
	}
	return filters
}

// pastEnd reports whether err means that a page after the first does not exist.
// Lists whose total is an estimate end so.
func pastEnd(cursor string, err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && cursor != "" && failed.Reason == ErrNotFound && failed.hasWords()
}

// CourseRole is what a user does in a course. The platform may have others.
type CourseRole string

// The roles by which [CoursesService.IDs] can ask.
const (
	RoleStaff      CourseRole = "staff"      // may see and change the course
	RoleInstructor CourseRole = "instructor" // may also appoint staff; the platform calls it Admin
)

// ListCourseIDsParams are the parameters of [CoursesService.IDs].
type ListCourseIDsParams struct {
	Username string     // "" is the client's own user; another one needs a client that is staff
	Role     CourseRole // required
	PageSize int        // 1 to 1000; 0 is the platform's default
	Cursor   string     // Next of the page before; "" is the first page
}

// CourseID is the key of a course as a row of a list.
type CourseID struct {
	Key CourseKey // zero if there is a Problem

	Problem *RowError `json:",omitempty"` // why the key could not be read; nil if it was
}

// IDs returns one page of the keys of the courses in which a user has a role.
// Global staff have every role in every course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden] if the client may not ask about that user.
//
// Endpoint: GET /api/courses/v1/course_ids/.
func (s *CoursesService) IDs(ctx context.Context, params ListCourseIDsParams) (*Page[CourseID], error) {
	op := operation{
		name: "Courses.IDs", path: "/api/courses/v1/course_ids/", long: true,
		query: url.Values{"role": {string(params.Role)}},
	}
	op.input = params.set(op.query)
	answer, err := fetch[pageWire[keyWire]](ctx, s.core, op)
	if pastEnd(params.Cursor, err) {
		return &Page[CourseID]{}, nil
	}
	if err != nil {
		return nil, err
	}
	return pageOf(s.core, op, answer, "page", keyWire.id)
}

// AllIDs yields the keys of all courses in which a user has a role; it fails as
// IDs does, with the error as the last thing that it yields.
//
// Endpoint: GET /api/courses/v1/course_ids/.
func (s *CoursesService) AllIDs(ctx context.Context, params ListCourseIDsParams) iter.Seq2[CourseID, error] {
	return pages("Courses.AllIDs", params.Cursor, func(cursor string) (*Page[CourseID], error) {
		next := params
		next.Cursor = cursor
		return s.IDs(ctx, next)
	})
}

func (p ListCourseIDsParams) set(query url.Values) faults {
	return all(
		checkText("role", string(p.Role), maxKeyChars),
		setViewer(query, p.Username),
		setPage(query, "page", p.Cursor, p.PageSize, 1000),
	)
}

type keyWire struct {
	CourseKey
	row
}

func (w keyWire) id() CourseID { return CourseID{Key: w.CourseKey, Problem: w.problem} }

func (w keyWire) missing() string {
	if w.IsZero() {
		return "course id"
	}
	return ""
}
