"""The one recipe by which every table is fitted: folds, levels, members and their mean."""
