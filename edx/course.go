package edx

import (
	"html"
	"time"
)

// Pacing is who sets the pace of a course. It is an open set.
type Pacing string

// The paces that the platform has today.
const (
	PacingInstructor Pacing = "instructor" // dates for all
	PacingSelf       Pacing = "self"       // learners go at their own pace
)

// Course is one run of a course. A time that is not set is the zero time; all are UTC.
type Course struct {
	Key              CourseKey
	Name             string // plain text
	Number           string
	Org              string
	ShortDescription string
	Effort           string // free text, such as "4 h/week"
	Overview         string // HTML; Get alone has it
	Start, End       time.Time
	StartDisplay     string // prose in the platform's language, not to be parsed
	EnrollmentStart  time.Time
	EnrollmentEnd    time.Time
	CertificateFrom  time.Time // when certificates become visible; Get alone has it
	Pacing           Pacing
	Hidden           bool  // not in the catalogue
	InvitationOnly   bool  // false also in releases that don't tell
	MobileAvailable  bool  // in the mobile app
	Enrolled         *bool // whether the user of the params is; nil if the platform does not tell
	Media            CourseMedia
	BlocksURL        string // of the course's outline
}

// CourseMedia are where a course's pictures are. URIs are relative to the platform.
type CourseMedia struct {
	BannerURI, BannerURL       string
	ImageURI                   string
	VideoURI                   string // "" if there is none
	RawURL, SmallURL, LargeURL string // the image in three sizes
}

// courseWire is a course as the platform sends it.
type courseWire struct {
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
		Start: w.Start.Time, End: w.End.Time, StartDisplay: string(w.StartDisplay),
		EnrollmentStart: w.EnrollmentStart.Time, EnrollmentEnd: w.EnrollmentEnd.Time,
		CertificateFrom: w.CertificateFrom.Time,
		Pacing:          pacingOf(w.Pacing), Hidden: bool(w.Hidden),
		InvitationOnly: bool(w.InvitationOnly), MobileAvailable: bool(w.MobileAvailable),
		Enrolled: (*bool)(w.Enrolled), Media: w.Media.media(), BlocksURL: string(w.BlocksURL),
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
