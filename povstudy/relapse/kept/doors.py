"""What a fit can do to be used next year; the work is in the modules beside."""


class Kept:
    """A fit that can be kept, and set beside a later year."""

    def __eq__(self, other):
        """Whether two fits tell the same, such as one that was kept and read again."""
        from .files import same

        return isinstance(other, Kept) and same(self, other)

    def __hash__(self):
        """Of what is told; equal fits have one."""
        return hash((self.formula.text, self.n, self.events, self.loglik))

    def save(self, path):
        """Keep the fit in a file, to be used next year: `load_model` reads it.

        Parameters
        ----------
        path : str or Path
            Of the file, plain JSON in UTF-8, such as ``"model.json"``.

        Raises
        ------
        DataError
            If levels of a covariate look like personal data, or cannot be told in a file.

        Notes
        -----
        The file holds formula, levels, ranges, coefficients, covariance, baseline, counts, and
        where the data come from: no rows of households, and no personal data. A range ends where
        at least ten households lie at its end or beyond, and one in a hundred; a curve of the formula
        keeps its knots, and the least and the greatest value of its column.
        """
        from .files import save

        save(self, path)

    def still_fits(self, households, spells=None, level=0.95):
        """Tell whether the fit still holds in a later year.

        Parameters
        ----------
        households : DataFrame
            As for `risk`: the households of now.
        spells : DataFrame, optional
            Spells as they stand now, ``household_id origin entry exit event`` with the covariates:
            what came after the last period of the fit is set beside what it expects. Without
            them nothing is known of that.
        level : float
            Of the intervals.

        Returns
        -------
        StillFits
            ``.verdict .reasons .tidy() .summary(lang)``.

        Raises
        ------
        DataError
            If a covariate is not there; if spells or the fit do not tell their periods, or
            these differ in length.

        Notes
        -----
        *Fits*: of each covariate at most 10 % of the rows are missing, of a level that was not
        seen, or outside the range that nearly all households of the fit lay in; and the interval
        of observed over expected falls lies within 0.8 to 1.25. *Does not fit*: more rows are
        unlike, or the interval lies wholly outside. Else it *cannot be told*.

        Each household-period after the last of the fit has its risk; their sum is what is
        expected, among those who were at risk, new leavers too (Crowson, Atkinson and Therneau
        2016). Intervals as of `calibration_curve`, by the units of the fit where the spells have
        them, else by household. The error of the model is not in them. Covariates are looked at
        one by one: what is usual by itself may be new together. Of a survey with weights see
        `validate_risk`.

        References
        ----------
        Crowson, C., Atkinson, E., Therneau, T. (2016), Assessing calibration of prognostic risk
        scores, Statistical Methods in Medical Research 25.
        """
        from .fits import still_fits

        return still_fits(self, households, spells, level)
